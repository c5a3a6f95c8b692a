import type { Workflow } from "../durable-run.ts";
import { decideOrder } from "../order-life.ts";
import { applyDecision, type Fulfilling, stateOf } from "./act-on-order.ts";

/**
 * The workflow `complete-order` { orderId }: completes a delivered order whose buyer said nothing, unless somebody objects.
 * The order's row decides: one that is complete already, or disputed, is left as it is.
 */
export function createCompleteOrder(fulfilling: Fulfilling): Workflow {
  return async (run, { orderId = "" }) => {
    await run.tx("complete", async (tx) => {
      const order = await tx.fulfilment.lock(orderId);
      if (order === null) return;
      const decision = decideOrder(stateOf(order), { kind: "auto-complete" });
      if (decision.kind !== "moved") return;
      await applyDecision(fulfilling, tx, order, decision, { by: "TIMER", reason: null });
    });
  };
}
