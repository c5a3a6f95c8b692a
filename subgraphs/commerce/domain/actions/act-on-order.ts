import { isUuid, type NewId } from "../../../../platform/values/ids.ts";
import type { Clock } from "../../../../platform/values/instants.ts";
import { toDecimal } from "../../../../platform/values/money.ts";
import { type Result, refused, success } from "../../../../platform/values/result.ts";
import { readText } from "../../../../platform/values/texts.ts";
import type { LockedOrder, OrderActorKind } from "../fulfilment.ts";
import type { ListingBook } from "../listing.ts";
import { decideOrder, type OrderCommand, type OrderDecision, type OrderState, refundableMinor } from "../order-life.ts";
import type { HashRequest, IdempotencyClaim, Transaction, Transactions } from "../ports.ts";
import {
  checkIdempotencyKey,
  type IdempotencyConflict,
  type InvalidInput,
  invalidInput,
  type OrderNotFound,
  type OrderStatusConflict,
  type PaymentUnsettled,
} from "../refusals.ts";
import { type Reservation, totalByVariant, type VariantQuantity } from "../stock.ts";
import { announceAvailability, announceRefundedOrder } from "./announce.ts";
import { cancelUnpaidOrder, type UnpaidDependencies } from "./cancel-unpaid.ts";
import { disputeException } from "./dispute-exception.ts";
import { type Bookings, intendBooking } from "./intend-booking.ts";
import { releaseEscrow, reversalOf, reverseCommissions } from "./release-escrow.ts";
import { type RefundRequests, requestRefund } from "./request-refund.ts";
import { startCompletion, startDeadline } from "./start-deadline.ts";

/** What moving orders on needs of the outside. */
export interface Fulfilling extends UnpaidDependencies {
  readonly transactions: Transactions;
  readonly refundRequests: RefundRequests;
  /** Where pieces that come back are written down. */
  readonly listings: Pick<ListingBook, "appendMovement">;
  /** Where parcels are booked of orders that are sent. */
  readonly bookings: Bookings;
  readonly newId: NewId;
  readonly clock: Clock;
  readonly hashRequest: HashRequest;
  /** How long after delivery an order completes by itself unless somebody objects. */
  readonly autoCompleteSeconds: number;
}

/** Who acts, and on which orders they may: a buyer on theirs, a seller on their shop's, an operator on all. */
export type OrderActor =
  | { readonly kind: "BUYER"; readonly subject: string }
  | { readonly kind: "SELLER"; readonly subject: string; readonly shopId: string }
  | { readonly kind: "OPERATOR"; readonly subject: string };

/** What somebody asks of an order. */
export interface OrderRequest {
  readonly operation: Extract<
    IdempotencyClaim["operation"],
    | "confirmReceipt"
    | "cancelOrder"
    | "openDispute"
    | "resolveDispute"
    | "refundOrder"
    | "markOrderShipped"
    | "markOrderDelivered"
  >;
  readonly orderId: string;
  readonly command: OrderCommand;
  /** Why; null where none is asked for. At most 500 characters. */
  readonly reason: string | null;
  readonly idempotencyKey: string;
}

/** Why nothing was changed. `PaymentUnsettled`: an unpaid order is not cancelled while it is being paid. */
export type OrderRefusal = OrderNotFound | OrderStatusConflict | PaymentUnsettled | InvalidInput | IdempotencyConflict;

/** Where the order stands now. */
export type OrderOutcome = Pick<LockedOrder, "id" | "status" | "dispute">;

const longestReason = 500;

function mayAct(actor: OrderActor, order: LockedOrder): boolean {
  if (actor.kind === "BUYER") return order.buyerId === actor.subject;
  return actor.kind === "OPERATOR" || order.shopId === actor.shopId;
}

/** What the state machine needs to know of an order. */
export function stateOf(order: LockedOrder): OrderState {
  const { status, dispute, refundedMinor, total, isReturning } = order;
  return { status, dispute, refundedMinor, totalMinor: total.amountMinor, isReturning };
}

async function oweBack(
  { refundRequests, newId }: Fulfilling,
  tx: Transaction,
  order: LockedOrder,
  refundMinor: bigint,
  reason: string | null,
  at: Date,
): Promise<void> {
  const amount = { amountMinor: refundMinor, currency: order.total.currency };
  const reversal = order.status === "COMPLETED" ? await reversalOf(tx, order, amount) : null;
  const { id: orderId, paymentId } = order;
  const result = await requestRefund(refundRequests, tx, {
    paymentId,
    orderId,
    key: newId(),
    amount,
    reason: reason ?? "the order is not what was paid for",
    ...(reversal === null ? {} : { from: reversal.from }),
    at,
  });
  // The state machine has agreed to it under the same locks.
  if (!result.ok) throw new Error(`order ${orderId}: its refund was refused as ${result.refusal.kind}`);
  if (reversal !== null) await reverseCommissions(tx, reversal, result.value.id, at);
}

async function giveStockBack(tx: Transaction, order: LockedOrder, at: Date): Promise<readonly Reservation[]> {
  const sold = await tx.stock.reservationsOf(order.paymentId, "COMMITTED");
  const ours = sold.filter(({ orderId }) => orderId === order.id);
  await tx.stock.lock(ours.map(({ variantId }) => variantId));
  await tx.stock.restock(ours, at);
  return ours;
}

/** Pieces that a return brought back to the shop. */
export interface ReturnedGoods {
  readonly pieces: readonly VariantQuantity[];
  /** What the movements say, as the return's name. */
  readonly note: string;
}

/** Adds returned pieces to the shop's stock, as movements with their reason. Locks stock. */
export async function restockReturned(
  { listings, newId }: Fulfilling,
  tx: Transaction,
  { pieces, note }: ReturnedGoods,
  at: Date,
): Promise<void> {
  const totals = totalByVariant(pieces);
  const levels = await tx.stock.lock(totals.map(({ variantId }) => variantId));
  for (const { variantId, quantity } of totals) {
    const level = levels.find((one) => one.variantId === variantId);
    if (level === undefined) throw new Error(`the variant ${variantId} has no stock row`);
    await tx.stock.setOnHand(variantId, level.onHand + quantity);
    const movement = { id: newId(), variantId, pieces: quantity, reason: "RETURNED", note, by: "return", at } as const;
    await listings.appendMovement(tx, movement);
  }
}

/** Takes goods back in the one place where the order of locks has them; answers what can be bought again. */
async function takeGoodsBack(
  fulfilling: Fulfilling,
  tx: Transaction,
  order: LockedOrder,
  { status }: OrderState,
  returned: ReturnedGoods | undefined,
): Promise<readonly VariantQuantity[]> {
  const at = fulfilling.clock();
  if (status === "CANCELLED") return giveStockBack(tx, order, at);
  if (returned === undefined) return [];
  await restockReturned(fulfilling, tx, returned, at);
  return returned.pieces;
}

/** Each state in which the order's money is in escrow has a timer that ends it; it starts with the state. */
async function startTimers(
  { work, autoCompleteSeconds }: Fulfilling,
  tx: Transaction,
  order: LockedOrder,
  state: OrderState,
  at: Date,
): Promise<void> {
  const { id } = order;
  if (state.dispute === "OPEN" && order.dispute !== "OPEN") await startDeadline(work, tx, "DISPUTE_AGE", id, at);
  if (state.status === order.status) return;
  if (state.status === "SHIPPED") await startDeadline(work, tx, "DELIVER_BY", id, at);
  if (state.status !== "DELIVERED") return;
  await startCompletion(work, tx, id, autoCompleteSeconds);
}

async function closeDisputeException(tx: Transaction, order: LockedOrder): Promise<void> {
  const payment = await tx.payments.load(order.paymentId);
  if (payment === null) throw new Error(`the payment ${order.paymentId} is gone`);
  await tx.exceptions.close(disputeException(payment.provider, order.id), "the dispute was resolved");
}

/**
 * Carries a decision on a paid order out: status, timeline, stock, escrow and refund change together. Locks flash sales after
 * the order, then vouchers, then stock, then accounts. When nothing of the money is left, the pieces of flash sales are given back too.
 */
export async function applyDecision(
  fulfilling: Fulfilling,
  tx: Transaction,
  order: LockedOrder,
  decision: Extract<OrderDecision, { kind: "moved" }>,
  cause: { readonly by: OrderActorKind; readonly reason: string | null; readonly returned?: ReturnedGoods },
): Promise<void> {
  const at = fulfilling.clock();
  const { state, events, refundMinor } = decision;
  const { currency } = order.total;
  const isMoved = state.status !== order.status || state.dispute !== order.dispute;
  if (isMoved) await tx.fulfilment.move(order, state.status, state.dispute);
  const isAllBack = refundMinor > 0n && refundableMinor(state) === 0n;
  if (isAllBack) await tx.flashSales.releaseOfOrder(order.id, at);
  // A buyer whose shop did not send has done nothing that would use a voucher up.
  if (state.status === "CANCELLED" && cause.by !== "BUYER") await tx.vouchers.giveBack(order.id, at);
  const restocked = await takeGoodsBack(fulfilling, tx, order, state, cause.returned);
  if (refundMinor > 0n) await oweBack(fulfilling, tx, order, refundMinor, cause.reason, at);
  if (state.status === "COMPLETED" && isMoved) await releaseEscrow(tx, order, refundableMinor(state), at);
  await tx.fulfilment.appendEvents(
    events.map((kind) => ({
      orderId: order.id,
      kind,
      by: cause.by,
      reason: cause.reason,
      amount: kind === "REFUND_OWED" ? { amountMinor: refundMinor, currency } : null,
      at,
    })),
  );
  if (state.status === "SHIPPED" && isMoved) await intendBooking(fulfilling.work, tx, order);
  if (isAllBack) await announceRefundedOrder(tx, order.id, at);
  if (restocked.length > 0) await announceAvailability(tx, restocked, at);
  if (order.dispute === "OPEN" && state.dispute !== "OPEN") await closeDisputeException(tx, order);
  await startTimers(fulfilling, tx, order, state, at);
}

function tooMuch(command: OrderCommand, leftMinor: bigint): InvalidInput {
  const isPart = command.kind === "resolve-dispute";
  const field = isPart ? "input.refundAmount" : "input.amount";
  return invalidInput(
    field,
    `${isPart ? "from 0.00" : "above 0.00"} to what is left of the order: ${toDecimal(leftMinor)}`,
  );
}

async function act(
  fulfilling: Fulfilling,
  tx: Transaction,
  actor: OrderActor,
  { orderId, command, reason }: OrderRequest,
): Promise<Result<OrderOutcome, OrderRefusal>> {
  const order = await tx.fulfilment.lock(orderId);
  if (order === null || !mayAct(actor, order)) return refused({ kind: "OrderNotFound" });
  const { id, status, dispute } = order;
  const state = stateOf(order);
  const decision = decideOrder(state, command);
  switch (decision.kind) {
    case "unchanged":
      return success({ id, status, dispute });
    case "refused":
      return refused({ kind: "OrderStatusConflict", status, dispute });
    case "too-much":
      return refused(tooMuch(command, refundableMinor(state)));
    case "moved": {
      const cause = { by: actor.kind, reason };
      if (status !== "PLACED") await applyDecision(fulfilling, tx, order, decision, cause);
      else if (!(await cancelUnpaidOrder(fulfilling, tx, order, cause, fulfilling.clock()))) {
        return refused({ kind: "PaymentUnsettled" });
      }
      return success({ id, status: decision.state.status, dispute: decision.state.dispute });
    }
  }
}

function hashedFields({ orderId, command, reason }: OrderRequest) {
  const amount =
    command.kind === "refund" ? command.amountMinor : command.kind === "resolve-dispute" ? command.refundMinor : 0n;
  return { orderId, command: command.kind, amount: amount.toString(), reason };
}

/**
 * Does what somebody asks of an order, once for each key. What is done already is a success. A refused request leaves its
 * key free; somebody else's order does not exist.
 */
export async function actOnOrder(
  fulfilling: Fulfilling,
  actor: OrderActor,
  request: OrderRequest,
): Promise<Result<OrderOutcome, OrderRefusal>> {
  const invalid = checkIdempotencyKey(request.idempotencyKey);
  if (invalid !== null) return refused(invalid);
  const reason = readText(request.reason ?? "", { least: 0, most: longestReason });
  if (!reason.ok) return refused(invalidInput("input.reason", reason.refusal));
  // Before the claim, which would store it.
  if (!isUuid(request.orderId)) return refused({ kind: "OrderNotFound" });
  const claim: IdempotencyClaim = {
    buyerId: actor.subject,
    operation: request.operation,
    key: request.idempotencyKey,
    requestHash: fulfilling.hashRequest(hashedFields(request)),
    result: { orderId: request.orderId },
    at: fulfilling.clock(),
  };
  const result = await fulfilling.transactions.runInTransaction(
    async (tx): Promise<Result<OrderOutcome, OrderRefusal>> => {
      const earlier = await tx.idempotency.claim(claim);
      if (earlier !== null) {
        if (earlier.requestHash !== claim.requestHash) return refused({ kind: "IdempotencyConflict" });
        const order = await tx.fulfilment.lock(request.orderId);
        if (order === null) throw new Error(`the order ${request.orderId} is gone`);
        return success({ id: order.id, status: order.status, dispute: order.dispute });
      }
      const acted = await act(fulfilling, tx, actor, request);
      if (!acted.ok) await tx.idempotency.forget(claim);
      return acted;
    },
  );
  if (result.ok && request.command.kind === "ship") await fulfilling.bookings.book(request.orderId);
  return result;
}
