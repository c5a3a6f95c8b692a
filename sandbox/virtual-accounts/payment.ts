import { fromDecimal } from "../../platform/values/money.ts";
import type { Charge, Notification } from "../book/charge.ts";
import type { MerchantAnswer, OwedNotification } from "../book/entries.ts";
import { amountTaken, firstDueAt, notifyNow, obstacle, type PayReport, report, takeMoney } from "../control/payment.ts";
import type { PayOptions } from "../control/requests.ts";
import type { Verdict } from "../notifications/attempts.ts";
import type { SnapProvider } from "../provider.ts";
import { responseCode } from "../snap/response-codes.ts";
import { toSnapTimestamp } from "../snap/timestamps.ts";
import { accountOf, amountOf, virtualAccountDetails } from "./operations.ts";

/** ISO 18245 merchant category of a cash machine, as banks put it in `channelCode`. */
const cashMachine = 6011;

/** Where the merchant answers inquiries (24). */
export function inquiryUrl(provider: SnapProvider): string {
  return `${provider.config.merchantCallbackUrl}/v1.0/transfer-va/inquiry`;
}

/** Where the merchant is told of payments (25). */
export function paymentUrl(provider: SnapProvider): string {
  return `${provider.config.merchantCallbackUrl}/v1.0/transfer-va/payment`;
}

/** An honest inquiry (24): the payer typed the number, the bank asks what is owed. */
export function inquiryBody(provider: SnapProvider, charge: Charge, inquiryRequestId: string): Record<string, unknown> {
  return {
    ...accountOf(virtualAccountDetails(charge)),
    trxDateInit: toSnapTimestamp(provider.clock()),
    channelCode: cashMachine,
    language: "ID",
    inquiryRequestId,
    additionalInfo: {},
  };
}

/** An honest payment (25). */
export function paymentBody(
  provider: SnapProvider,
  charge: Charge,
  paymentRequestId: string,
  paidMinor: bigint,
): Record<string, unknown> {
  const details = virtualAccountDetails(charge);
  return {
    ...accountOf(details),
    virtualAccountName: details.virtualAccountName,
    trxId: charge.partnerReferenceNo,
    paymentRequestId,
    channelCode: cashMachine,
    paidAmount: amountOf(paidMinor),
    totalAmount: amountOf(charge.amountMinor),
    trxDateTime: toSnapTimestamp(provider.clock()),
    referenceNo: charge.reference.slice(-15),
    flagAdvise: "N",
    additionalInfo: {},
  };
}

interface AccountAnswer {
  readonly virtualAccountData?: {
    readonly paymentFlagStatus?: unknown;
    readonly inquiryStatus?: unknown;
    readonly totalAmount?: { readonly value?: unknown };
  };
}

function accountAnswer(answer: MerchantAnswer): NonNullable<AccountAnswer["virtualAccountData"]> {
  return (answer.body as AccountAnswer | null)?.virtualAccountData ?? {};
}

/**
 * What the merchant's answer to 25 means. The bank's dialect: `paymentFlagStatus` 00 accepted, 01 rejected, 02 not known yet;
 * 4042518 (inconsistent request) counts as accepted for a virtual account payment. Anything unclear is asked again.
 */
export function judgePayment(answer: MerchantAnswer): Verdict {
  const flag = accountAnswer(answer).paymentFlagStatus;
  const code = answer.responseCode;
  if (code === responseCode("va-payment", "successful"))
    return flag === "01" ? "rejected" : flag === "02" ? "unsettled" : "delivered";
  if (code === responseCode("va-payment", "inconsistentRequest")) return "delivered";
  const refusals = (["invalidBill", "invalidAmount", "paidBill", "expiredBill"] as const).map((name) =>
    responseCode("va-payment", name),
  );
  if (code !== null && refusals.includes(code)) return "rejected";
  return code?.startsWith("4") && flag === "01" ? "rejected" : "unsettled";
}

/** What the flag alone means: 00 accepted, 01 rejected; 02, or none, is not known yet. The response code says nothing. */
export function judgeByFlag(answer: MerchantAnswer): Verdict {
  const flag = accountAnswer(answer).paymentFlagStatus;
  if (flag === "00") return "delivered";
  return flag === "01" ? "rejected" : "unsettled";
}

/** The body of an attempt: repetitions say so with `flagAdvise` Y, all else stays. */
export function adviseBody(notification: Notification, attempt: number): Readonly<Record<string, unknown>> {
  return { ...notification.body, flagAdvise: attempt === 1 ? "N" : "Y" };
}

async function inquire(provider: SnapProvider, charge: Charge, inquiryRequestId: string): Promise<MerchantAnswer> {
  const rawBody = JSON.stringify(inquiryBody(provider, charge, inquiryRequestId));
  const call = { operation: "va-inquiry", url: inquiryUrl(provider), rawBody } as const;
  const answer = await provider.merchant.call(call, { scheme: "symmetric", signature: "valid", externalId: null });
  const at = provider.clock().toISOString();
  provider.book.record({ entry: "inquiry-made", at, reference: charge.reference, inquiryRequestId, answer });
  await provider.book.flush();
  return answer;
}

function owed(
  provider: SnapProvider,
  charge: Charge,
  options: PayOptions,
  requestId: string,
  paidMinor: bigint,
): OwedNotification {
  const told = options.notifiedAmount === undefined ? paidMinor : fromDecimal(options.notifiedAmount);
  return {
    notificationId: provider.newReference(),
    operation: "va-payment",
    url: paymentUrl(provider),
    body: paymentBody(provider, charge, requestId, told),
    // The same in every attempt: with the same paymentRequestId it makes a repetition recognisable.
    externalId: provider.newReference(),
    signature: options.signature,
    dueAt: firstDueAt(provider, options),
  };
}

/** Whether the merchant lets the payer go on: 2002400, and no `inquiryStatus` other than 00. */
function isPayable(inquiry: MerchantAnswer): boolean {
  const { inquiryStatus = "00" } = accountAnswer(inquiry);
  return inquiry.responseCode === responseCode("va-inquiry", "successful") && inquiryStatus === "00";
}

/** What the merchant says is owed; the bank's own amount when it says nothing. */
function billed(charge: Charge, inquiry: MerchantAnswer | undefined): bigint {
  const value = inquiry === undefined ? undefined : accountAnswer(inquiry).totalAmount?.value;
  return typeof value === "string" && /^\d{1,16}\.\d{2}$/.test(value) ? fromDecimal(value) : charge.amountMinor;
}

/**
 * Someone pays at a cash machine: the bank inquires at the merchant (24), shows the amount, takes the money and tells the
 * merchant (25). Refused at inquiry, no money moves. Rejected at payment, the money goes back to the payer.
 */
export async function payVirtualAccount(
  provider: SnapProvider,
  charge: Charge,
  options: PayOptions,
): Promise<PayReport> {
  const hindrance = obstacle(provider, charge, options);
  if (hindrance !== undefined) return report(provider, charge, "refused", [], hindrance);
  const requestId = provider.newReference();
  const inquiry = options.skipInquiry ? undefined : await inquire(provider, charge, requestId);
  const inquiries = inquiry === undefined ? [] : [inquiry];
  if (inquiry !== undefined && !isPayable(inquiry))
    return report(provider, charge, "refused", inquiries, "the merchant refused the inquiry");
  const paidMinor = options.amount === undefined ? billed(charge, inquiry) : amountTaken(charge, options);
  const notification = options.silent ? null : owed(provider, charge, options, requestId, paidMinor);
  await takeMoney(provider, charge, { paymentRequestId: requestId, amountMinor: paidMinor }, notification);
  const answers = notification === null ? [] : await notifyNow(provider, notification, options);
  const isReturned = charge.payments.some(
    ({ paymentRequestId, returned }) => paymentRequestId === requestId && returned,
  );
  const outcome = isReturned ? "returned" : "paid";
  return report(
    provider,
    charge,
    outcome,
    [...inquiries, ...answers],
    isReturned ? "the merchant rejected the payment" : null,
  );
}
