import { z } from "zod";
import { fromDecimal, toDecimal } from "../../platform/values/money.ts";
import { amountPaid, type Charge, chargeStatus, latestPayment, transactionStatus } from "../book/charge.ts";
import type { OwedNotification } from "../book/entries.ts";
import { cancel, cancelShape } from "../charges/cancel.ts";
import { findOriginal, fingerprint, originalFields, serviceCodeField } from "../charges/original.ts";
import { refund, refundShape } from "../charges/refund.ts";
import { amountTaken, firstDueAt, notifyNow, obstacle, type PayReport, report, takeMoney } from "../control/payment.ts";
import type { PayOptions } from "../control/requests.ts";
import type { SnapProvider } from "../provider.ts";
import { amountField, dateTimeField, textField } from "../snap/fields.ts";
import type { Operation } from "../snap/operations.ts";
import { answer, type SnapAnswer, services } from "../snap/response-codes.ts";
import { toSnapTimestamp } from "../snap/timestamps.ts";
import { amountOf } from "../virtual-accounts/operations.ts";
import { qrisContent } from "./emv.ts";

/** Rp 10,000,000.00 a transaction. Source: Bank Indonesia, QRIS transaction limit since March 2022. */
const limitMinor = 1_000_000_000n;

const generateShape = z.object({
  partnerReferenceNo: textField(64),
  amount: amountField,
  merchantId: textField(64),
  storeId: textField(64).optional(),
  terminalId: textField(16).default("ETALASE"),
  validityPeriod: dateTimeField,
});

const queryShape = z.object({ ...originalFields, serviceCode: serviceCodeField(services["qr-generate"]) });

function qrDetails(charge: Charge) {
  if (charge.details.kind !== "qris") throw new TypeError(`${charge.reference} is no QRIS`);
  return charge.details;
}

function generated(charge: Charge): SnapAnswer {
  const { qrContent, storeId, terminalId } = qrDetails(charge);
  return answer("qr-generate", "successful", undefined, {
    referenceNo: charge.reference,
    partnerReferenceNo: charge.partnerReferenceNo,
    qrContent,
    merchantName: "Etalase",
    storeId,
    terminalId,
  });
}

function generate(provider: SnapProvider, request: z.infer<typeof generateShape>): SnapAnswer {
  const operation = "qr-generate";
  const { book, clock, config } = provider;
  const { partnerReferenceNo, amount, merchantId, terminalId, validityPeriod } = request;
  if (merchantId !== config.qris?.merchantId) return answer(operation, "invalidMerchant");
  const storeId = request.storeId ?? config.qris.storeId;
  const print = fingerprint({ storeId, terminalId, amount: toDecimal(amount), until: validityPeriod.toISOString() });
  const earlier = book.chargeByPartnerReference("qris", partnerReferenceNo);
  if (earlier !== undefined) {
    if (earlier.fingerprint !== print) return answer(operation, "inconsistentRequest");
    return amountPaid(earlier) > 0n ? answer(operation, "duplicatePartnerReferenceNo") : generated(earlier);
  }
  if (amount > limitMinor) return answer(operation, "exceedsAmountLimit");
  const now = clock();
  if (validityPeriod.getTime() <= now.getTime()) return answer(operation, "transactionExpired");
  const reference = provider.newReference();
  const qrContent = qrisContent({
    merchantId,
    merchantName: "Etalase",
    merchantCity: "JAKARTA",
    postalCode: "10110",
    amount: toDecimal(amount),
    reference,
    terminalId,
  });
  book.record({
    entry: "charge-created",
    at: now.toISOString(),
    reference,
    partnerReferenceNo,
    amount: toDecimal(amount),
    expiresAt: validityPeriod.toISOString(),
    fingerprint: print,
    details: { kind: "qris", merchantId, storeId, terminalId, qrContent },
  });
  const created = book.chargeByReference(reference);
  if (created === undefined) throw new Error(`${reference} was recorded and is not there`);
  return generated(created);
}

function query(provider: SnapProvider, request: z.infer<typeof queryShape>): SnapAnswer {
  const charge = findOriginal(provider.book, "qris", request);
  if (charge === undefined) return answer("qr-query", "transactionNotFound");
  const payment = latestPayment(charge);
  const [latestTransactionStatus, transactionStatusDesc] = transactionStatus[chargeStatus(charge, provider.clock())];
  return answer("qr-query", "successful", undefined, {
    originalReferenceNo: charge.reference,
    originalPartnerReferenceNo: charge.partnerReferenceNo,
    serviceCode: services["qr-generate"],
    latestTransactionStatus,
    transactionStatusDesc,
    ...(payment === undefined ? {} : { paidTime: toSnapTimestamp(payment.takenAt) }),
    amount: amountOf(payment === undefined ? charge.amountMinor : amountPaid(charge)),
    terminalId: qrDetails(charge).terminalId,
  });
}

/** Where the merchant is told of QRIS payments (52). */
export function qrNotifyUrl(provider: SnapProvider): string {
  return `${provider.config.merchantCallbackUrl}/v1.0/qr/qr-mpm-notify`;
}

/** An honest QRIS notification (52). */
export function qrNotifyBody(
  provider: SnapProvider,
  charge: Charge,
  amountMinor: bigint,
  [latestTransactionStatus, transactionStatusDesc]: readonly [string, string],
): Record<string, unknown> {
  return {
    originalReferenceNo: charge.reference,
    originalPartnerReferenceNo: charge.partnerReferenceNo,
    latestTransactionStatus,
    transactionStatusDesc,
    amount: amountOf(amountMinor),
    externalStoreId: qrDetails(charge).storeId,
    additionalInfo: { transactionDate: toSnapTimestamp(provider.clock()) },
  };
}

/** Someone scans the code and pays: the bank takes the money and tells the merchant (52) until it hears 2005200. */
export async function payQr(provider: SnapProvider, charge: Charge, options: PayOptions): Promise<PayReport> {
  const hindrance = obstacle(provider, charge, options);
  if (hindrance !== undefined) return report(provider, charge, "refused", [], hindrance);
  const amountMinor = amountTaken(charge, options);
  const told = options.notifiedAmount === undefined ? amountMinor : fromDecimal(options.notifiedAmount);
  const notification: OwedNotification | null = options.silent
    ? null
    : {
        notificationId: provider.newReference(),
        operation: "qr-notify",
        url: qrNotifyUrl(provider),
        body: qrNotifyBody(provider, charge, told, transactionStatus.paid),
        externalId: options.externalId === "same" ? provider.newReference() : null,
        signature: options.signature,
        dueAt: firstDueAt(provider, options),
      };
  await takeMoney(provider, charge, { paymentRequestId: provider.newReference(), amountMinor }, notification);
  const answers = notification === null ? [] : await notifyNow(provider, notification, options);
  return report(provider, charge, "paid", answers);
}

/** The QRIS services that the merchant calls: 47, 51, 77, 78. A repeated refund is 4097801 with the first result. */
export function qrisOperations(provider: SnapProvider) {
  const qrGenerate: Operation<typeof generateShape> = {
    name: "qr-generate",
    method: "POST",
    path: "/v1.0/qr/qr-mpm-generate",
    body: generateShape,
    handle: (request) => generate(provider, request),
  };
  const qrQuery: Operation<typeof queryShape> = {
    name: "qr-query",
    method: "POST",
    path: "/v1.0/qr/qr-mpm-query",
    body: queryShape,
    handle: (request) => query(provider, request),
  };
  const qrCancel: Operation<typeof cancelShape> = {
    name: "qr-cancel",
    method: "POST",
    path: "/v1.0/qr/qr-mpm-cancel",
    body: cancelShape,
    handle: (request) => cancel(provider, "qr-cancel", "qris", request),
  };
  const refundDialect = { operation: "qr-refund", kind: "qris", replayCase: "duplicatePartnerReferenceNo" } as const;
  const qrRefund: Operation<typeof refundShape> = {
    name: "qr-refund",
    method: "POST",
    path: "/v1.0/qr/qr-mpm-refund",
    body: refundShape,
    handle: (request) => refund(provider, refundDialect, request),
  };
  return { qrGenerate, qrQuery, qrCancel, qrRefund };
}
