import { rows } from "./rows.ts";

export const report = rows;
