import type { KeptNotification } from "../notification.ts";
import { isCapturedBy, type LockedPayment } from "../payment.ts";
import type { StatusAnswer, Transaction } from "../ports.ts";

/** What the provider's book says about a notification of the right sum. */
export type Finding = "confirmed" | "another-sum" | "contradicted" | "open";

/** A second charge of a paid payment is in the book when the book has twice the money, or names that charge. */
function hasSecondCharge(payment: LockedPayment, notification: KeptNotification, answer: StatusAnswer): boolean {
  if (answer.kind !== "paid" || answer.amount.currency !== payment.amount.currency) return false;
  const isTwice = answer.amount.amountMinor >= payment.amount.amountMinor + notification.amount.amountMinor;
  return isTwice || answer.providerReference === notification.reference;
}

/** Holds a notification of the right sum against what the book says. `open`: the provider does not answer. */
export function findingOf(payment: LockedPayment, notification: KeptNotification, answer: StatusAnswer): Finding {
  if (answer.kind === "unknown") return "open";
  if (notification.verdict === "ALREADY_PAID" && !isCapturedBy(payment, notification.reference)) {
    return hasSecondCharge(payment, notification, answer) ? "confirmed" : "contradicted";
  }
  if (answer.kind !== "paid") return answer.kind === "refunded" ? "another-sum" : "contradicted";
  const { amount, providerReference } = answer;
  const isThatCharge = (providerReference ?? notification.reference) === notification.reference;
  const isEnough = amount.currency === payment.amount.currency && amount.amountMinor >= payment.amount.amountMinor;
  return isThatCharge && isEnough ? "confirmed" : "another-sum";
}

/** Books nothing: says on the payment that the book does not bear the notification out, and leaves it to a person. */
export async function contradict(
  tx: Transaction,
  payment: LockedPayment,
  notification: KeptNotification,
  answer: StatusAnswer,
  at: Date,
): Promise<void> {
  const { id, reference, amount } = notification;
  const detail = { notificationId: id, reference, amountMinor: amount.amountMinor.toString(), status: answer.kind };
  await tx.payments.appendEvent(
    { paymentId: payment.id, kind: "notification-contradicted", source: "status-query", detail },
    at,
  );
  await tx.exceptions.open(
    {
      provider: payment.provider,
      kind: "UNCONFIRMED_NOTIFICATION",
      reference,
      paymentId: payment.id,
      expectedMinor: null,
      reportedMinor: amount.amountMinor,
      currency: amount.currency,
      detail: `a validly signed notification of money that the provider's book does not have (it says ${answer.kind}); nothing was booked`,
    },
    at,
  );
}
