import { plan } from "./plan.ts";

export const fetched = plan;
