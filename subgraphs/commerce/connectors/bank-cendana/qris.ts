import { z } from "zod";
import type { Money } from "../../../../platform/values/money.ts";
import type { Payment } from "../../domain/payment.ts";
import type { CancelOutcome, ProviderOutcome, RequestOutcome, StatusAnswer } from "../../domain/ports.ts";
import type { SnapClient } from "../snap/client.ts";
import { amountField, textField, timestampField, toSnapAmount } from "../snap/fields.ts";
import { transactionStatusMeanings, understand, unknown } from "../snap/meanings.ts";
import { toSnapTimestamp } from "../snap/timestamps.ts";
import { cancelCodes, refundCodes, requestCodes, statusCodes } from "./codes.ts";

const services = {
  generate: { code: "47", method: "POST", path: "/v1.0/qr/qr-mpm-generate" },
  query: { code: "51", method: "POST", path: "/v1.0/qr/qr-mpm-query" },
  cancel: { code: "77", method: "POST", path: "/v1.0/qr/qr-mpm-cancel" },
  refund: { code: "78", method: "POST", path: "/v1.0/qr/qr-mpm-refund" },
} as const;

const generatedShape = z.object({ referenceNo: textField(64), qrContent: textField(512) });

const queriedShape = z.object({
  latestTransactionStatus: z.string(),
  originalReferenceNo: textField(64),
  amount: z.unknown().optional(),
  paidTime: z.unknown().optional(),
});

const paidShape = z.object({ amount: amountField, paidTime: timestampField });

/** QRIS shown by the merchant: SNAP services 47, 51, 77 and 78. */
export interface Qris {
  readonly request: (payment: Payment) => Promise<RequestOutcome>;
  readonly queryStatus: (payment: Payment) => Promise<StatusAnswer>;
  readonly cancel: (payment: Payment) => Promise<CancelOutcome>;
  readonly refund: (payment: Payment, reference: string, amount: Money) => Promise<ProviderOutcome>;
}

function readStatus(body: unknown): StatusAnswer {
  const read = queriedShape.safeParse(body);
  if (!read.success) return unknown("the answer to the query lacks fields");
  const { latestTransactionStatus: status, originalReferenceNo } = read.data;
  const meaning = transactionStatusMeanings[status];
  if (meaning === undefined) return unknown(`latestTransactionStatus ${status}`);
  if (meaning === "failed") return { kind: "failed", reason: `latestTransactionStatus ${status}` };
  if (meaning === "pending" || meaning === "moving") return { kind: "pending", isMoving: meaning === "moving" };
  if (meaning !== "paid") return { kind: meaning };
  const paid = paidShape.safeParse(read.data);
  if (!paid.success) return unknown("paid, but without amount or time");
  const { amount, paidTime } = paid.data;
  return { kind: "paid", amount, providerReference: originalReferenceNo, paidAt: paidTime };
}

/** Speaks to the bank about QR codes. */
export function createQris(client: SnapClient, merchant: { merchantId: string; storeId: string }): Qris {
  return {
    request: async (payment) => {
      const outcome = await client.call(services.generate, {
        partnerReferenceNo: payment.id,
        amount: toSnapAmount(payment.amount),
        ...merchant,
        validityPeriod: toSnapTimestamp(payment.expiresAt),
      });
      const { meaning, reason, body } = understand(requestCodes, outcome);
      if (meaning === "refused") return { kind: "refused", reason };
      if (meaning !== "requested") return unknown(reason);
      const generated = generatedShape.safeParse(body);
      if (!generated.success) return unknown("generated, but without reference or content");
      const { referenceNo, qrContent } = generated.data;
      const instructions = { kind: "QRIS", qrContent } as const;
      return { kind: "requested", instructions, providerReference: referenceNo, virtualAccountNo: null };
    },
    queryStatus: async (payment) => {
      const request = { originalPartnerReferenceNo: payment.id, serviceCode: services.generate.code };
      const { meaning, reason, body } = understand(statusCodes, await client.call(services.query, request));
      if (meaning === "not-found") return { kind: "not-found" };
      return meaning === "known" ? readStatus(body) : unknown(reason);
    },
    cancel: async (payment) => {
      const request = { originalPartnerReferenceNo: payment.id, reason: "not paid in time" };
      const { meaning, reason } = understand(cancelCodes, await client.call(services.cancel, request));
      if (meaning === "done") return { kind: "done", providerReference: null };
      return meaning === "unknown" ? unknown(reason) : { kind: meaning, reason };
    },
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
