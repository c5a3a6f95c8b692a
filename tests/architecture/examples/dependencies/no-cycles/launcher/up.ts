import { stop } from "./stop.ts";

export const up = () => stop;
