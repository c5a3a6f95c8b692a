import type { NewId } from "../../../../platform/values/ids.ts";
import type { Money } from "../../../../platform/values/money.ts";
import { type Result, refused, success } from "../../../../platform/values/result.ts";
import { accounts, refundRequested } from "../ledger/movements.ts";
import type { LedgerEntry } from "../ledger/transaction.ts";
import type { LockedPayment } from "../payment.ts";
import type { DurableWork, Transaction } from "../ports.ts";
import type { Refund, RefundBook } from "../refund.ts";

/** What asking for a refund needs. */
export interface RefundRequests {
  readonly refunds: RefundBook;
  readonly work: DurableWork;
  readonly newId: NewId;
}

/** Money to be sent back for an order. */
export interface RefundRequest {
  readonly paymentId: string;
  readonly orderId: string;
  /** Names this refund among those of the payment: asked again under it, it is the same refund. */
  readonly key: string;
  readonly amount: Money;
  /** A sentence for the books, without personal data. */
  readonly reason: string;
  /**
   * What it is taken from: entries that sum to `amount`. Left out: the order's escrow. Once an order's escrow is released, its
   * caller says who owes the money.
   */
  readonly from?: readonly LedgerEntry[];
  readonly at: Date;
}

/** Why nothing is sent back. `leftMinor`: what still could be. */
export type RefundRefusal =
  | { readonly kind: "PaymentNotCaptured" }
  | { readonly kind: "RefundExceedsCaptured"; readonly leftMinor: bigint }
  | { readonly kind: "RefundKeyConflict"; readonly refund: Refund };

function sumOf(refunds: readonly Refund[]): bigint {
  return refunds.reduce((sum, { amount }) => sum + amount.amountMinor, 0n);
}

/** What may still be sent back for the order: never more than it was paid, nor than is left of the payment. */
function leftOf(payment: LockedPayment, orderId: string, earlier: readonly Refund[]): bigint {
  const order = payment.orders.find(({ id }) => id === orderId);
  if (order === undefined) return 0n;
  const ofOrder = order.total.amountMinor - sumOf(earlier.filter((refund) => refund.orderId === orderId));
  const ofPayment = payment.amount.amountMinor - sumOf(earlier);
  if (ofOrder < ofPayment) return ofOrder;
  return ofPayment;
}

/**
 * Asks in the caller's transaction for money of a captured payment to be sent back, in whole or in part: it is owed from this
 * transaction on, and durable work sends it. Locks the payment. The same key with the same request is the same refund.
 */
export async function requestRefund(
  { refunds, work, newId }: RefundRequests,
  tx: Transaction,
  request: RefundRequest,
): Promise<Result<Refund, RefundRefusal>> {
  const { paymentId, orderId, key, amount, reason, at } = request;
  const payment = await tx.payments.lock(paymentId);
  const earlier = payment === null ? [] : await refunds.ofPayment(tx, paymentId);
  const same = earlier.find((refund) => refund.key === key);
  if (same !== undefined) {
    const isSame =
      same.orderId === orderId &&
      same.amount.amountMinor === amount.amountMinor &&
      same.amount.currency === amount.currency;
    return isSame ? success(same) : refused({ kind: "RefundKeyConflict", refund: same });
  }
  if (payment?.status !== "PAID") return refused({ kind: "PaymentNotCaptured" });
  const leftMinor = leftOf(payment, orderId, earlier);
  const isPossible = amount.amountMinor > 0n && amount.amountMinor <= leftMinor;
  if (!isPossible || amount.currency !== payment.amount.currency) {
    return refused({ kind: "RefundExceedsCaptured", leftMinor });
  }
  const refund: Refund = {
    id: newId(),
    paymentId,
    orderId,
    key,
    amount,
    reason,
    state: "REQUESTED",
    providerReference: null,
  };
  await refunds.insert(tx, refund, at);
  const from = request.from ?? [
    { account: accounts.buyerEscrow(orderId), amountMinor: amount.amountMinor, currency: amount.currency },
  ];
  await tx.ledger.post(refundRequested(refund.id, from, amount), at);
  const detail = { refundId: refund.id, orderId, amountMinor: amount.amountMinor.toString() };
  await tx.payments.appendEvent({ paymentId, kind: "refund-requested", source: "buyer", detail }, at);
  await work.startInTx(tx, "send-refund", `send-refund:${refund.id}`, { refundId: refund.id });
  return success(refund);
}
