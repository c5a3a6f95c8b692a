// @ts-ignore
const port: number = "1";
