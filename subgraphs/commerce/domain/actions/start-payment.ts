import type { Payment } from "../payment.ts";
import type { DurableWork, Transaction } from "../ports.ts";

// The API process asks the provider at once; this is for when it died in between.
const safetyNetDelayMs = 10_000;

/** Writes down that a payment was asked for, and starts the work that settles its request and ends it unpaid. */
export async function startPayment(work: DurableWork, tx: Transaction, payment: Payment): Promise<void> {
  const { id: paymentId, methodId, amount, createdAt, expiresAt } = payment;
  const detail = { methodId, amountMinor: amount.amountMinor.toString() };
  await tx.payments.appendEvent({ paymentId, kind: "requested", source: "buyer", detail }, createdAt);
  const input = { paymentId };
  await work.startInTx(tx, "settle-payment-request", `settle-payment-request:${paymentId}`, input, {
    delayMs: safetyNetDelayMs,
  });
  await work.startInTx(tx, "expire-payment", `expire-payment:${paymentId}`, input, {
    delayMs: expiresAt.getTime() - createdAt.getTime(),
  });
}
