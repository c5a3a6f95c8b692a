import { toDecimal } from "../../platform/values/money.ts";
import {
  amountPaid,
  amountRefunded,
  type Charge,
  chargeStatus,
  type Notification,
  transactionStatus,
} from "./charge.ts";

/** A charge as `/control/book` shows it. */
export type ChargeView = ReturnType<typeof chargeView>;

/** A charge for people and tests: amounts are decimal strings, instants ISO 8601 in UTC. */
export function chargeView(charge: Charge, now: Date) {
  const status = chargeStatus(charge, now);
  return {
    kind: charge.details.kind,
    reference: charge.reference,
    partnerReferenceNo: charge.partnerReferenceNo,
    virtualAccountNo: charge.details.kind === "virtual-account" ? charge.details.virtualAccountNo : null,
    qrContent: charge.details.kind === "qris" ? charge.details.qrContent : null,
    amount: toDecimal(charge.amountMinor),
    amountPaid: toDecimal(amountPaid(charge)),
    amountRefunded: toDecimal(amountRefunded(charge)),
    status,
    latestTransactionStatus: transactionStatus[status][0],
    createdAt: charge.createdAt.toISOString(),
    expiresAt: charge.expiresAt.toISOString(),
    payments: charge.payments.map(({ paymentRequestId, amountMinor, takenAt, returned }) => ({
      paymentRequestId,
      amount: toDecimal(amountMinor),
      takenAt: takenAt.toISOString(),
      returned,
    })),
    refunds: charge.refunds.map(({ refundNo, partnerRefundNo, amountMinor, madeAt }) => ({
      refundNo,
      partnerRefundNo,
      amount: toDecimal(amountMinor),
      madeAt: madeAt.toISOString(),
    })),
  };
}

/** A notification for people and tests, with every answer the merchant gave. */
export function notificationView(notification: Notification) {
  const { notificationId, reference, operation, url, state, attempts, answers } = notification;
  const nextAttemptAt = state === "owed" ? notification.nextAttemptAt.toISOString() : null;
  return { notificationId, reference, operation, url, state, attempts, nextAttemptAt, answers };
}
