import { deadlineSecondsAt, type OrderDeadlineKind } from "../order-deadlines.ts";
import type { DurableWork, Transaction } from "../ports.ts";

/**
 * Starts the timer that ends a wait of an order, with the transaction that begins it; each kind and round of an order starts
 * once. The rule in force when the wait begins says how long it lasts.
 */
export async function startDeadline(
  work: DurableWork,
  tx: Transaction,
  kind: OrderDeadlineKind,
  orderId: string,
  at: Date,
  round = "1",
): Promise<void> {
  const delayMs = deadlineSecondsAt(await tx.fulfilment.deadlineRules(), kind, at) * 1_000;
  const id = `order-deadline:${kind}:${orderId}:${round}`;
  await work.startInTx(tx, "order-deadline", id, { orderId, deadline: kind, round }, { delayMs });
}

/**
 * Starts the timer that completes a delivered order whose buyer says nothing; anew when a return of it, `after`, is over, so
 * that the buyer has as long to object.
 */
export function startCompletion(
  work: DurableWork,
  tx: Transaction,
  orderId: string,
  seconds: number,
  after?: string,
): Promise<void> {
  const id = after === undefined ? `complete-order:${orderId}` : `complete-order:${orderId}:${after}`;
  return work.startInTx(tx, "complete-order", id, { orderId }, { delayMs: seconds * 1_000 });
}
