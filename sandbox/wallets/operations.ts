import { z } from "zod";
import { fromDecimal, toDecimal } from "../../platform/values/money.ts";
import { amountPaid, type Charge, chargeStatus, latestPayment, transactionStatus } from "../book/charge.ts";
import type { ChargeDetails, OwedNotification } from "../book/entries.ts";
import { cancel, cancelShape } from "../charges/cancel.ts";
import { findOriginal, fingerprint, originalFields, serviceCodeField } from "../charges/original.ts";
import { refund, refundShape } from "../charges/refund.ts";
import type { SnapProvider } from "../provider.ts";
import { amountField, dateTimeField, textField } from "../snap/fields.ts";
import type { Operation } from "../snap/operations.ts";
import { answer, type SnapAnswer, services } from "../snap/response-codes.ts";
import { toSnapTimestamp } from "../snap/timestamps.ts";

/** Rp 20,000,000.00: what a verified wallet may hold. Source: PBI 20/6/PBI/2018, electronic money. */
const limitMinor = 2_000_000_000n;

const urlParam = z.object({
  url: z.url({ protocol: /^https?$/ }).max(512),
  type: z.enum(["PAY_RETURN", "PAY_NOTIFY"]),
  isDeeplink: z.enum(["Y", "N"]),
});

const paymentShape = z.object({
  partnerReferenceNo: textField(64),
  merchantId: textField(64),
  amount: amountField,
  urlParams: z.array(urlParam).min(1).max(10),
  validUpTo: dateTimeField,
});

const statusShape = z.object({ ...originalFields, serviceCode: serviceCodeField(services["wallet-payment"]) });

/** A charge's wallet details. @throws TypeError when it is none: a bug. */
export function walletDetails(charge: Charge): ChargeDetails & { kind: "wallet" } {
  if (charge.details.kind !== "wallet") throw new TypeError(`${charge.reference} is no wallet payment`);
  return charge.details;
}

function amountOf(amountMinor: bigint): { value: string; currency: string } {
  return { value: toDecimal(amountMinor), currency: "IDR" };
}

/** What differs between wallets. */
export interface WalletDialect {
  /** What the payer types in the wallet's app; null for a wallet with a page to approve on. */
  readonly newPaymentCode: () => string | null;
  /** What the merchant is told to pass on to the payer. */
  readonly instructions: (provider: SnapProvider, charge: Charge) => Readonly<Record<string, unknown>>;
  /** What a cancel of a charge that is cancelled already is answered. */
  readonly goneCase: "successful" | "transactionExpired";
}

function accepted(provider: SnapProvider, dialect: WalletDialect, charge: Charge): SnapAnswer {
  return answer("wallet-payment", "successful", undefined, {
    referenceNo: charge.reference,
    partnerReferenceNo: charge.partnerReferenceNo,
    ...dialect.instructions(provider, charge),
  });
}

/** Where the merchant is told: the PAY_NOTIFY address, at the registered host only; else the registered address. */
function notifyUrl(provider: SnapProvider, request: z.infer<typeof paymentShape>): string | undefined {
  const registered = `${provider.config.merchantCallbackUrl}/v1.0/debit/notify`;
  const asked = request.urlParams.find(({ type }) => type === "PAY_NOTIFY")?.url;
  if (asked === undefined) return registered;
  return new URL(asked).origin === new URL(registered).origin ? asked : undefined;
}

function request(provider: SnapProvider, dialect: WalletDialect, body: z.infer<typeof paymentShape>): SnapAnswer {
  const operation = "wallet-payment";
  const { book, clock, config } = provider;
  if (body.merchantId !== config.wallet?.merchantId) return answer(operation, "invalidMerchant");
  const tellAt = notifyUrl(provider, body);
  if (tellAt === undefined)
    return answer(operation, "invalidFieldFormat", "urlParams.url: PAY_NOTIFY must be at the registered host");
  const returnUrl = body.urlParams.find(({ type }) => type === "PAY_RETURN")?.url ?? null;
  const print = fingerprint({
    amount: toDecimal(body.amount),
    until: body.validUpTo.toISOString(),
    notifyUrl: tellAt,
    returnUrl,
  });
  const earlier = book.chargeByPartnerReference("wallet", body.partnerReferenceNo);
  if (earlier !== undefined) {
    if (earlier.fingerprint !== print) return answer(operation, "inconsistentRequest");
    return amountPaid(earlier) > 0n
      ? answer(operation, "duplicatePartnerReferenceNo")
      : accepted(provider, dialect, earlier);
  }
  if (body.amount > limitMinor) return answer(operation, "exceedsAmountLimit");
  const now = clock();
  if (body.validUpTo.getTime() <= now.getTime()) return answer(operation, "transactionExpired");
  const reference = provider.newReference();
  book.record({
    entry: "charge-created",
    at: now.toISOString(),
    reference,
    partnerReferenceNo: body.partnerReferenceNo,
    amount: toDecimal(body.amount),
    expiresAt: body.validUpTo.toISOString(),
    fingerprint: print,
    details: {
      kind: "wallet",
      merchantId: body.merchantId,
      returnUrl,
      notifyUrl: tellAt,
      paymentCode: dialect.newPaymentCode(),
    },
  });
  const created = book.chargeByReference(reference);
  if (created === undefined) throw new Error(`${reference} was recorded and is not there`);
  return accepted(provider, dialect, created);
}

function refundHistory(charge: Charge) {
  return charge.refunds.map(({ refundNo, partnerRefundNo, amountMinor, madeAt, reason }) => ({
    refundNo,
    partnerRefundNo,
    refundAmount: amountOf(amountMinor),
    refundStatus: "00",
    refundDate: toSnapTimestamp(madeAt),
    ...(reason === null ? {} : { reason }),
  }));
}

function status(provider: SnapProvider, body: z.infer<typeof statusShape>): SnapAnswer {
  const operation = "wallet-status";
  const charge = findOriginal(provider.book, "wallet", body);
  if (charge === undefined) return answer(operation, "transactionNotFound");
  const payment = latestPayment(charge);
  const [latestTransactionStatus, transactionStatusDesc] = transactionStatus[chargeStatus(charge, provider.clock())];
  return answer(operation, "successful", undefined, {
    originalReferenceNo: charge.reference,
    originalPartnerReferenceNo: charge.partnerReferenceNo,
    serviceCode: services["wallet-payment"],
    latestTransactionStatus,
    transactionStatusDesc,
    transAmount: amountOf(payment === undefined ? charge.amountMinor : amountPaid(charge)),
    ...(payment === undefined ? {} : { paidTime: toSnapTimestamp(payment.takenAt) }),
    ...(charge.refunds.length === 0 ? {} : { refundHistory: refundHistory(charge) }),
  });
}

/** An honest wallet notification (56). */
export function walletNotifyBody(
  provider: SnapProvider,
  charge: Charge,
  amountMinor: bigint,
  [latestTransactionStatus, transactionStatusDesc]: readonly [string, string],
): Record<string, unknown> {
  return {
    originalPartnerReferenceNo: charge.partnerReferenceNo,
    originalReferenceNo: charge.reference,
    merchantId: walletDetails(charge).merchantId,
    amount: amountOf(amountMinor),
    latestTransactionStatus,
    transactionStatusDesc,
    createdTime: toSnapTimestamp(charge.createdAt),
    finishedTime: toSnapTimestamp(provider.clock()),
  };
}

/** What the wallet owes the merchant when a charge reached a state. */
export function walletNotification(
  provider: SnapProvider,
  charge: Charge,
  told: { amountMinor: bigint; state: readonly [string, string] },
  rest: Pick<OwedNotification, "externalId" | "signature" | "dueAt">,
): OwedNotification {
  return {
    notificationId: provider.newReference(),
    operation: "wallet-notify",
    url: walletDetails(charge).notifyUrl,
    body: walletNotifyBody(provider, charge, told.amountMinor, told.state),
    ...rest,
  };
}

/** What the merchant is told was paid. */
export function notifiedAmount(taken: bigint, claimed: string | undefined): bigint {
  return claimed === undefined ? taken : fromDecimal(claimed);
}

/** The wallet's services: 54, 55, 57, 58. A repeated refund is 2005800 with the first result. */
export function walletOperations(provider: SnapProvider, dialect: WalletDialect) {
  const walletPayment: Operation<typeof paymentShape> = {
    name: "wallet-payment",
    method: "POST",
    path: "/v1.0/debit/payment-host-to-host",
    body: paymentShape,
    handle: (body) => request(provider, dialect, body),
  };
  const walletStatus: Operation<typeof statusShape> = {
    name: "wallet-status",
    method: "POST",
    path: "/v1.0/debit/status",
    body: statusShape,
    handle: (body) => status(provider, body),
  };
  const walletCancel: Operation<typeof cancelShape> = {
    name: "wallet-cancel",
    method: "POST",
    path: "/v1.0/debit/cancel",
    body: cancelShape,
    handle: (body) => cancel(provider, "wallet-cancel", "wallet", body, dialect.goneCase),
  };
  const refundDialect = { operation: "wallet-refund", kind: "wallet", replayCase: "successful" } as const;
  const walletRefund: Operation<typeof refundShape> = {
    name: "wallet-refund",
    method: "POST",
    path: "/v1.0/debit/refund",
    body: refundShape,
    handle: (body) => refund(provider, refundDialect, body),
  };
  return { walletPayment, walletStatus, walletCancel, walletRefund };
}
