import { up } from "./up.ts";

export const stop = () => up;
