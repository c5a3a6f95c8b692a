import { isPast } from "../../../platform/values/instants.ts";
import type { Notification, Verdict } from "./notification.ts";
import { isCapturedBy, type Payment } from "./payment.ts";
import { isPayable, type PaymentStatus } from "./payment-status.ts";

const paidOrBeyond: readonly PaymentStatus[] = ["PAID", "REFUNDING", "REFUNDED"];

function isSameAmount(payment: Payment, notification: Notification): boolean {
  return (
    payment.amount.amountMinor === notification.amount.amountMinor &&
    payment.amount.currency === notification.amount.currency
  );
}

/**
 * Decides about a notification; the payment's row is locked. Money that only the bank's question is about is refused once
 * the payment ran out. Money that has moved already is taken as long as the row is payable, whatever the clock says; after
 * that it is `EXPIRED`, too late. Another currency is a mismatch, whatever else. The same charge told in other words, once paid, is `ACCEPTED` again, also when it was sent back since.
 * `isTaken`: another charge was accepted for this payment and is about to be applied.
 */
export function decideVerdict(
  payment: Payment | null,
  notification: Notification,
  isTaken: boolean,
  now: Date,
): Verdict {
  if (payment === null) return "UNKNOWN_REFERENCE";
  if (notification.meaning !== "paid") return "NOTED";
  if (payment.amount.currency !== notification.amount.currency) return "AMOUNT_MISMATCH";
  if (isTaken) return "ALREADY_PAID";
  const isSame = isSameAmount(payment, notification);
  if (paidOrBeyond.includes(payment.status)) {
    const isThatCharge = isCapturedBy(payment, notification.reference) && isSame;
    return isThatCharge ? "ACCEPTED" : "ALREADY_PAID";
  }
  if (!isSame) return "AMOUNT_MISMATCH";
  if (!isPayable(payment.status)) return "EXPIRED";
  return notification.money === "asked" && isPast(payment.expiresAt, now) ? "EXPIRED" : "ACCEPTED";
}

/** Whether a verdict has consequences to draw: money to book, or a failure to look into. */
export function hasConsequences(verdict: Verdict, notification: Notification): boolean {
  if (verdict === "UNKNOWN_REFERENCE") return false;
  if (verdict === "ACCEPTED") return true;
  if (verdict === "NOTED") return notification.meaning === "failed";
  return notification.money === "moved";
}

/** Whether a verdict has the provider give money back that it took subject to our consent. */
export function isRefusal(verdict: Verdict, { meaning, money }: Notification): boolean {
  return meaning === "paid" && money === "asked" && verdict !== "ACCEPTED" && verdict !== "NOTED";
}

/** What the bank is told when it asks whether an account can be paid. */
export type PayableVerdict = "PAYABLE" | "EXPIRED" | "ALREADY_PAID" | "UNKNOWN_REFERENCE";

/** Decides about a bank's inquiry: the account can be paid while the payment is payable and has not run out. */
export function decidePayable(payment: Payment | null, now: Date): PayableVerdict {
  if (payment === null) return "UNKNOWN_REFERENCE";
  if (paidOrBeyond.includes(payment.status)) return "ALREADY_PAID";
  return isPayable(payment.status) && !isPast(payment.expiresAt, now) ? "PAYABLE" : "EXPIRED";
}
