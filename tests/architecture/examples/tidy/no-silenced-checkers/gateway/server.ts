// @ts-expect-error: later
const port: number = "1";
