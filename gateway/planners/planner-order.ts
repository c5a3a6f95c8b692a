import type { PlannerName } from "../plans/plan.ts";
import type { LoadedSupergraph } from "./protocol.ts";

/**
 * Makes the order in which planners are asked for a document. The native one leaves out arguments that come from a context,
 * and does not know @defer; for such documents it is never asked.
 */
export function createPlannerOrder({ facts, planner, reason }: LoadedSupergraph): (document: string) => PlannerName[] {
  const names = facts.contextFields.join("|");
  const needsApollo = new RegExp(names === "" ? "@defer\\b" : `@defer\\b|\\b(?:${names})\\b`);
  // With a reason, the native one was wanted and could not be loaded.
  const order: PlannerName[] = planner === "native" ? ["native", "apollo"] : ["apollo", "native"];
  const usable = order.filter((name) => name === "apollo" || reason === undefined);
  return (document) => (needsApollo.test(document) ? ["apollo"] : usable);
}
