import { isPast } from "../../../../platform/values/instants.ts";
import type { StatusAnswer, Transaction } from "../ports.ts";
import { cancelUnpaidOrders, confirmPaidOrders } from "./settle-payment.ts";

/** What a status answer did: `open`: it settled nothing, the payment is as payable as it was. */
export type StatusEffect = "settled" | "open";

function isSameMoney(
  one: { amountMinor: bigint; currency: string },
  other: { amountMinor: bigint; currency: string },
): boolean {
  return one.amountMinor === other.amountMinor && one.currency === other.currency;
}

/**
 * Draws the consequence of what a provider says of a payment: paid in full confirms its orders, failed or sent back cancels
 * them (EXPIRED once the time to pay is over). Another sum than was asked for never makes it paid: it is noted, and the payment stays open.
 */
export async function applyStatusAnswer(
  tx: Transaction,
  paymentId: string,
  answer: StatusAnswer,
  at: Date,
): Promise<StatusEffect> {
  const payment = await tx.payments.lock(paymentId);
  if (payment === null) return "settled";
  if (answer.kind === "paid") {
    if (!isSameMoney(answer.amount, payment.amount)) {
      const detail = { amountMinor: answer.amount.amountMinor.toString(), currency: answer.amount.currency };
      await tx.payments.appendEvent({ paymentId, kind: "amount-mismatch", source: "status-query", detail }, at);
      return "open";
    }
    const { paidAt, providerReference } = answer;
    await confirmPaidOrders(tx, payment, { source: "status-query", providerReference, paidAt, at });
    return "settled";
  }
  if (answer.kind === "failed" || answer.kind === "refunded") {
    const reason = answer.kind === "failed" ? answer.reason : "the provider has sent the money back";
    const status = isPast(payment.expiresAt, at) ? "EXPIRED" : "FAILED";
    await cancelUnpaidOrders(tx, payment, { status, source: "status-query", reason, at });
    return "settled";
  }
  return "open";
}
