import type { LockedOrder, OrderActorKind } from "../fulfilment.ts";
import { decideOrder, type OrderState, refundableMinor } from "../order-life.ts";
import {
  decideReturn,
  type OrderReturn,
  paidForPieces,
  type ReturnCommand,
  returnedQuantities,
} from "../order-return.ts";
import type { Transaction } from "../ports.ts";
import type { VariantQuantity } from "../stock.ts";
import { applyDecision, type Fulfilling, restockReturned, stateOf } from "./act-on-order.ts";
import { announceAvailability } from "./announce.ts";
import { startCompletion, startDeadline } from "./start-deadline.ts";

/** Who moves a return, and why. */
export interface ReturnCause {
  readonly by: OrderActorKind;
  readonly reason: string | null;
}

function goodsOf(order: LockedOrder, { lines }: OrderReturn): VariantQuantity[] {
  return lines.map(({ lineId, quantity }) => {
    const line = order.lines.find(({ id }) => id === lineId);
    if (line === undefined) throw new Error(`order ${order.id} has no line ${lineId}`);
    return { variantId: line.variantId, quantity };
  });
}

/** What the buyer gets back: what was paid for the pieces, at most what is left of the order. A courier's return is a dispute's. */
async function refundOf(tx: Transaction, order: LockedOrder, goods: OrderReturn, state: OrderState): Promise<bigint> {
  if (goods.origin === "COURIER") return 0n;
  const received = (await tx.returns.ofOrder(order.id)).filter(({ status }) => status === "RECEIVED");
  const before = returnedQuantities(received);
  const paidMinor = goods.lines.reduce((total, { lineId, quantity }) => {
    const line = order.lines.find(({ id }) => id === lineId);
    return line === undefined ? total : total + paidForPieces(line, before.get(lineId) ?? 0, quantity);
  }, 0n);
  const leftMinor = refundableMinor(state);
  if (paidMinor < leftMinor) return paidMinor;
  return leftMinor;
}

async function takeBack(
  fulfilling: Fulfilling,
  tx: Transaction,
  order: LockedOrder,
  goods: OrderReturn,
  refundMinor: bigint,
  cause: ReturnCause,
): Promise<void> {
  const at = fulfilling.clock();
  const returned = { pieces: goodsOf(order, goods), note: `return ${goods.id}` };
  if (refundMinor === 0n) {
    await restockReturned(fulfilling, tx, returned, at);
    await announceAvailability(tx, returned.pieces, at);
    return;
  }
  const decision = decideOrder({ ...stateOf(order), isReturning: false }, { kind: "refund", amountMinor: refundMinor });
  if (decision.kind !== "moved") throw new Error(`order ${order.id}: the refund of its return was ${decision.kind}`);
  await applyDecision(fulfilling, tx, order, decision, { by: cause.by, reason: goods.reason, returned });
}

/** What becomes of the order when its return is over: the release timer starts anew, or what lapsed is disputed. */
async function goOn(fulfilling: Fulfilling, tx: Transaction, order: LockedOrder, goods: OrderReturn): Promise<void> {
  if (order.status !== "DELIVERED") return;
  await startCompletion(fulfilling.work, tx, order.id, fulfilling.autoCompleteSeconds, goods.id);
  if (goods.status !== "LAPSED") return;
  const decision = decideOrder({ ...stateOf(order), isReturning: false }, { kind: "open-dispute" });
  if (decision.kind !== "moved") return;
  const reason = "nobody said in time that the returned goods are back";
  await applyDecision(fulfilling, tx, order, decision, { by: "TIMER", reason });
}

/**
 * Moves a return of a locked order and does what follows: timeline, deadline, money, stock, all in this transaction. Answers the
 * return as it is now; null: it stands where this cannot be done.
 */
export async function settleReturn(
  fulfilling: Fulfilling,
  tx: Transaction,
  order: LockedOrder,
  goods: OrderReturn,
  command: ReturnCommand,
  cause: ReturnCause,
): Promise<OrderReturn | null> {
  const decision = decideReturn(goods.status, command);
  if (decision.kind === "unchanged") return goods;
  if (decision.kind === "refused") return null;
  const at = fulfilling.clock();
  const { status, event } = decision;
  const isReceived = status === "RECEIVED";
  const refundedMinor = isReceived ? await refundOf(tx, order, goods, stateOf(order)) : 0n;
  const moved = { ...goods, status, refundedMinor, answer: status === "REJECTED" ? cause.reason : null };
  const settledAt = status === "APPROVED" ? null : at;
  await tx.returns.move(goods, status, { answer: moved.answer, refundedMinor, settledAt });
  await tx.fulfilment.appendEvents([{ orderId: order.id, kind: event, ...cause, amount: null, at }]);
  if (status === "APPROVED") await startDeadline(fulfilling.work, tx, "RETURN_ARRIVAL", order.id, at, goods.id);
  if (isReceived) await takeBack(fulfilling, tx, order, goods, refundedMinor, cause);
  if (settledAt !== null) await goOn(fulfilling, tx, order, moved);
  return moved;
}
