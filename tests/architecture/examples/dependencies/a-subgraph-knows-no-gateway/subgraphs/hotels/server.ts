import type { Plan } from "../../gateway/plan.ts";

export const plans: Plan[] = [];
