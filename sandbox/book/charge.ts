import type { ChargeDetails, MerchantAnswer, OwedNotification } from "./entries.ts";

/** Money a provider took from the payer. Returned: given back because the merchant rejected it. */
export interface TakenPayment {
  readonly paymentRequestId: string;
  readonly amountMinor: bigint;
  readonly takenAt: Date;
  returned: boolean;
}

/** Money a provider gave back on the merchant's request. */
export interface MadeRefund {
  readonly refundNo: string;
  readonly partnerRefundNo: string;
  readonly amountMinor: bigint;
  readonly reason: string | null;
  readonly madeAt: Date;
}

/** A debt a provider collects for the merchant. Only the book changes one. */
export interface Charge {
  readonly reference: string;
  readonly partnerReferenceNo: string;
  readonly amountMinor: bigint;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly fingerprint: string;
  readonly details: ChargeDetails;
  movedTo: "paying" | "pending" | "failed" | "cancelled" | null;
  inquiryRequestId: string | null;
  readonly payments: TakenPayment[];
  readonly refunds: MadeRefund[];
}

/** A message owed to the merchant and what became of it. */
export interface Notification extends OwedNotification {
  readonly reference: string;
  state: "owed" | "delivered" | "rejected" | "gave-up";
  attempts: number;
  nextAttemptAt: Date;
  readonly answers: MerchantAnswer[];
}

/** Where a charge stands, by the provider's own lights. */
export type ChargeStatus = "open" | "paying" | "pending" | "paid" | "refunded" | "cancelled" | "expired" | "failed";

/** Money taken and not returned to the payer for want of the merchant's consent; refunds are not deducted. */
export function amountPaid(charge: Charge): bigint {
  return charge.payments.reduce((sum, payment) => (payment.returned ? sum : sum + payment.amountMinor), 0n);
}

/** Money given back on the merchant's request. */
export function amountRefunded(charge: Charge): bigint {
  return charge.refunds.reduce((sum, refund) => sum + refund.amountMinor, 0n);
}

/** The latest payment that was not returned. */
export function latestPayment(charge: Charge): TakenPayment | undefined {
  return charge.payments.findLast((payment) => !payment.returned);
}

/** Where a charge stands at `now`. Money decides before anything else: a cancelled charge that was paid is paid. */
export function chargeStatus(charge: Charge, now: Date): ChargeStatus {
  const paid = amountPaid(charge);
  if (paid > 0n) return amountRefunded(charge) >= paid ? "refunded" : "paid";
  if (charge.movedTo === "failed" || charge.movedTo === "cancelled") return charge.movedTo;
  if (charge.expiresAt.getTime() <= now.getTime()) return "expired";
  return charge.movedTo ?? "open";
}

/** SNAP's `latestTransactionStatus` with its description; an expired charge is cancelled for good (05). */
export const transactionStatus: Readonly<Record<ChargeStatus, readonly [code: string, description: string]>> = {
  paid: ["00", "Success"],
  open: ["01", "Initiated"],
  paying: ["02", "Paying"],
  pending: ["03", "Pending"],
  refunded: ["04", "Refunded"],
  cancelled: ["05", "Cancelled"],
  expired: ["05", "Cancelled: expired"],
  failed: ["06", "Failed"],
};
