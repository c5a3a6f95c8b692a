import { fetched } from "./fetch.ts";
import { plan } from "./plan.ts";

export const execute = [plan, fetched];
