import { paid } from "../payment.ts";

export const post = paid;
