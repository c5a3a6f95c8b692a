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
import { returnException } from "./dispute-exception.ts";
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

/** What was paid for the pieces, at most what is left of the order. */
async function worthOf(tx: Transaction, order: LockedOrder, goods: OrderReturn, state: OrderState): Promise<bigint> {
  const received = (await tx.returns.ofOrder(order.id)).filter(
    ({ id, status }) => id !== goods.id && status === "RECEIVED",
  );
  const before = returnedQuantities(received);
  const paidMinor = goods.lines.reduce((total, { lineId, quantity }) => {
    const line = order.lines.find(({ id }) => id === lineId);
    if (line === undefined) return total;
    const gone = before.get(lineId) ?? 0;
    return total + paidForPieces(line, gone, Math.min(quantity, line.quantity - gone));
  }, 0n);
  const leftMinor = refundableMinor(state);
  if (paidMinor < leftMinor) return paidMinor;
  return leftMinor;
}

/** What the buyer gets back. A courier's return is a dispute's, or a person's. */
async function refundOf(tx: Transaction, order: LockedOrder, goods: OrderReturn, state: OrderState): Promise<bigint> {
  return goods.origin === "COURIER" ? 0n : worthOf(tx, order, goods, state);
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

/**
 * The order is complete, so that nobody can dispute it any more: where its return gave nothing back, a person decides. Not where
 * a dispute was decided, which was about the same goods.
 */
async function showUnsettled(
  fulfilling: Fulfilling,
  tx: Transaction,
  order: LockedOrder,
  goods: OrderReturn,
): Promise<void> {
  const isRefunded = goods.status === "RECEIVED" && goods.origin === "BUYER";
  if (isRefunded || order.dispute === "RESOLVED") return;
  const worthMinor = await worthOf(tx, order, goods, stateOf(order));
  if (worthMinor === 0n) return;
  const payment = await tx.payments.load(order.paymentId);
  if (payment === null) throw new Error(`the payment ${order.paymentId} is gone`);
  await tx.exceptions.open(
    {
      ...returnException(payment.provider, order.id),
      paymentId: payment.id,
      expectedMinor: worthMinor,
      reportedMinor: null,
      currency: order.total.currency,
      detail: `the return ${goods.id} of a complete order is ${goods.status}, and nothing was given back: decide, then close this`,
    },
    fulfilling.clock(),
  );
}

/** What becomes of the order when its return is over: the release timer starts anew, or what lapsed is disputed. */
async function goOn(fulfilling: Fulfilling, tx: Transaction, order: LockedOrder, goods: OrderReturn): Promise<void> {
  if (order.status === "COMPLETED") return showUnsettled(fulfilling, tx, order, goods);
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
