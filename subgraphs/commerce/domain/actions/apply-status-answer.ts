import { isPast } from "../../../../platform/values/instants.ts";
import type { DurableWork, StatusAnswer, Transaction } from "../ports.ts";
import { endUnpaid, isRefused, takeCharge } from "./take-charge.ts";

/**
 * What a status answer did. `open`: it settled nothing, the payment is as payable as it was. `refused`: nor that, it is about
 * a charge that we have refused since it was given; what the provider says now is to be asked for again.
 */
export type StatusEffect = "settled" | "open" | "refused";

/**
 * Draws the consequence of what a provider says of a payment: paid in full confirms its orders, failed or sent back cancels
 * them (EXPIRED once the time to pay is over). Another sum than was asked for never makes it paid: it is held in suspense,
 * and the payment stays open.
 */
export async function applyStatusAnswer(
  work: DurableWork,
  tx: Transaction,
  paymentId: string,
  answer: StatusAnswer,
  at: Date,
): Promise<StatusEffect> {
  const payment = await tx.payments.lock(paymentId);
  if (payment === null) return "settled";
  if (answer.kind === "paid") {
    const { amount, paidAt, providerReference } = answer;
    const reference = providerReference ?? payment.id;
    // The answer of a recorded step may be old: the bank asked us about this very charge since, and gives it back.
    if (await isRefused(tx, payment, reference)) return "refused";
    const charge = { reference, amount, paidAt, source: "status-query", mayConfirm: true } as const;
    return (await takeCharge(work, tx, payment, charge, at)) === "taken" ? "settled" : "open";
  }
  if (answer.kind === "failed" || answer.kind === "refunded") {
    const isSentBack = answer.kind === "refunded";
    const reason = isSentBack ? "the provider has sent the money back" : answer.reason;
    const status = isPast(payment.expiresAt, at) ? "EXPIRED" : "FAILED";
    await endUnpaid(work, tx, payment, { status, source: "status-query", reason, at }, isSentBack);
    return "settled";
  }
  return "open";
}
