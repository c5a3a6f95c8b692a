import { z } from "zod";
import { ConfigurationError } from "../../../../platform/runtime/config.ts";
import type { PaymentMethod } from "../../domain/payment.ts";
import type { PaymentProvider, StatusAnswer } from "../../domain/ports.ts";
import type { ProviderSettings } from "../providers-file.ts";
import type { SnapClient } from "../snap/client.ts";
import { amountField, textField, timestampField, toSnapAmount } from "../snap/fields.ts";
import { transactionStatusMeanings, understand, unknown } from "../snap/meanings.ts";
import { toSnapTimestamp } from "../snap/timestamps.ts";
import { cancelCodes, refundCodes, requestCodes, statusCodes } from "./codes.ts";

const id = "kantong";
const providerName = "Kantong";

const services = {
  payment: { code: "54", method: "POST", path: "/v1.0/debit/payment-host-to-host" },
  status: { code: "55", method: "POST", path: "/v1.0/debit/status" },
  cancel: { code: "57", method: "POST", path: "/v1.0/debit/cancel" },
  refund: { code: "58", method: "POST", path: "/v1.0/debit/refund" },
} as const;

/** The wallet's way to pay. */
export const kantongMethod = {
  id: `${id}.wallet`,
  kind: "E_WALLET",
  provider: id,
  providerName,
} as const satisfies PaymentMethod;

const acceptedShape = z.object({
  referenceNo: textField(64),
  webRedirectUrl: z.url({ protocol: /^https?$/ }),
  appRedirectUrl: z.string().min(1).optional(),
});

const statusShape = z.object({
  latestTransactionStatus: z.string(),
  originalReferenceNo: textField(64),
  transAmount: z.unknown().optional(),
  paidTime: z.unknown().optional(),
});

const paidShape = z.object({ transAmount: amountField, paidTime: timestampField });

function readStatus(body: unknown): StatusAnswer {
  const read = statusShape.safeParse(body);
  if (!read.success) return unknown("the status lacks fields");
  const { latestTransactionStatus: status, originalReferenceNo } = read.data;
  const meaning = transactionStatusMeanings[status];
  if (meaning === undefined) return unknown(`latestTransactionStatus ${status}`);
  if (meaning === "failed") return { kind: "failed", reason: `latestTransactionStatus ${status}` };
  if (meaning === "pending" || meaning === "moving") return { kind: "pending", isMoving: meaning === "moving" };
  if (meaning !== "paid") return { kind: meaning };
  const paid = paidShape.safeParse(read.data);
  if (!paid.success) return unknown("paid, but without amount or time");
  const { transAmount, paidTime } = paid.data;
  return { kind: "paid", amount: transAmount, providerReference: originalReferenceNo, paidAt: paidTime };
}

/** Addresses of ours that the wallet is told. */
export interface WalletAddresses {
  /** Where the wallet notifies us (56). */
  readonly notifyUrl: string;
  /** Where the buyer's browser goes afterwards; it says nothing about the payment. */
  readonly returnUrl: string;
}

/** The wallet: SNAP services 54, 55, 57 and 58 behind the port. @throws ConfigurationError when its settings lack `wallet`. */
export function createKantong(
  settings: ProviderSettings,
  client: SnapClient,
  addresses: WalletAddresses,
): PaymentProvider {
  const { wallet } = settings;
  if (wallet === undefined) throw new ConfigurationError(`COMMERCE_PROVIDERS_FILE: ${id}: needs wallet`);
  return {
    id,
    methods: [kantongMethod],
    requestPayment: async (payment) => {
      const outcome = await client.call(services.payment, {
        partnerReferenceNo: payment.id,
        merchantId: wallet.merchantId,
        amount: toSnapAmount(payment.amount),
        urlParams: [
          { url: addresses.returnUrl, type: "PAY_RETURN", isDeeplink: "N" },
          { url: addresses.notifyUrl, type: "PAY_NOTIFY", isDeeplink: "N" },
        ],
        validUpTo: toSnapTimestamp(payment.expiresAt),
      });
      const { meaning, reason, body } = understand(requestCodes, outcome);
      if (meaning === "refused") return { kind: "refused", reason };
      if (meaning !== "requested") return unknown(reason);
      const accepted = acceptedShape.safeParse(body);
      if (!accepted.success) return unknown("accepted, but without reference or address");
      const { referenceNo, webRedirectUrl, appRedirectUrl = null } = accepted.data;
      const instructions = { kind: "E_WALLET", walletName: providerName, webRedirectUrl, appRedirectUrl } as const;
      return { kind: "requested", instructions, providerReference: referenceNo, virtualAccountNo: null };
    },
    queryStatus: async (payment) => {
      const request = { originalPartnerReferenceNo: payment.id, serviceCode: services.payment.code };
      const { meaning, reason, body } = understand(statusCodes, await client.call(services.status, request));
      if (meaning === "not-found") return { kind: "not-found" };
      return meaning === "known" ? readStatus(body) : unknown(reason);
    },
    cancel: async (payment) => {
      const request = { originalPartnerReferenceNo: payment.id, reason: "not paid in time" };
      const { meaning, reason } = understand(cancelCodes, await client.call(services.cancel, request));
      if (meaning === "done") return { kind: "done", providerReference: null };
      return meaning === "unknown" ? unknown(reason) : { kind: meaning, reason };
    },
    canRefund: () => true,
    refund: async (payment, reference, amount) => {
      const outcome = await client.call(services.refund, {
        originalPartnerReferenceNo: payment.id,
        partnerRefundNo: reference,
        refundAmount: toSnapAmount(amount),
        reason: "paid too late",
      });
      const { meaning, reason, body } = understand(refundCodes, outcome);
      if (meaning === "refused") return { kind: "refused", reason };
      if (meaning !== "done") return unknown(reason);
      return { kind: "done", providerReference: typeof body.refundNo === "string" ? body.refundNo : null };
    },
  };
}
