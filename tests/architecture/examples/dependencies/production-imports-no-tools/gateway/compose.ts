import { compose } from "../tools/compose.ts";

export const composed = compose;
