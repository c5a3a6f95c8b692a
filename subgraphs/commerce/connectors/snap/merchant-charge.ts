import { z } from "zod";
import type { PaymentProvider, StatusAnswer } from "../../domain/ports.ts";
import type { SnapClient, SnapService } from "./client.ts";
import { amountField, textField, timestampField, toSnapAmount } from "./fields.ts";
import { type CodeTable, transactionStatusMeanings, understand, unknown } from "./meanings.ts";

/** A connector's tables for charges that the merchant presents: QRIS and direct debit alike. */
export interface MerchantChargeCodes {
  readonly request: CodeTable<"requested" | "succeeded" | "refused">;
  readonly status: CodeTable<"known" | "not-found">;
  readonly cancel: CodeTable<"done" | "paid" | "refused">;
  readonly refund: CodeTable<"done" | "refused">;
}

/** The services of such charges, and where a status answer has its amount. */
export interface MerchantChargeServices {
  readonly request: SnapService;
  readonly status: SnapService;
  readonly cancel: SnapService;
  readonly refund: SnapService;
  readonly amountField: "amount" | "transAmount";
}

/** Everything about such a charge but how it is asked for. */
export type MerchantCharges = Pick<PaymentProvider, "queryStatus" | "cancel" | "refund">;

const statusShape = z.looseObject({
  latestTransactionStatus: z.string(),
  originalReferenceNo: textField(64),
  paidTime: z.unknown().optional(),
});

const paidShape = z.object({ amount: amountField, paidTime: timestampField });

function readStatus(body: unknown, amountName: string): StatusAnswer {
  const read = statusShape.safeParse(body);
  if (!read.success) return unknown("the status lacks fields");
  const { latestTransactionStatus: status, originalReferenceNo } = read.data;
  const meaning = transactionStatusMeanings[status];
  if (meaning === undefined) return unknown(`latestTransactionStatus ${status}`);
  if (meaning === "failed") return { kind: "failed", reason: `latestTransactionStatus ${status}` };
  if (meaning === "pending" || meaning === "moving") return { kind: "pending", isMoving: meaning === "moving" };
  if (meaning !== "paid") return { kind: meaning };
  const paid = paidShape.safeParse({ amount: read.data[amountName], paidTime: read.data.paidTime });
  if (!paid.success) return unknown("paid, but without amount or time");
  const { amount, paidTime } = paid.data;
  return { kind: "paid", amount, providerReference: originalReferenceNo, paidAt: paidTime };
}

/** Asks for the status, cancels and sends back, as QRIS (51, 77, 78) and direct debit (55, 57, 58) have in common. */
export function createMerchantCharges(
  client: SnapClient,
  services: MerchantChargeServices,
  codes: MerchantChargeCodes,
): MerchantCharges {
  return {
    queryStatus: async (payment) => {
      const request = { originalPartnerReferenceNo: payment.id, serviceCode: services.request.code };
      const { meaning, reason, body } = understand(codes.status, await client.call(services.status, request));
      if (meaning === "not-found") return { kind: "not-found" };
      return meaning === "known" ? readStatus(body, services.amountField) : unknown(reason);
    },
    cancel: async (payment) => {
      const request = { originalPartnerReferenceNo: payment.id, reason: "no longer wanted" };
      const { meaning, reason } = understand(codes.cancel, await client.call(services.cancel, request));
      if (meaning === "done") return { kind: "done", providerReference: null };
      return meaning === "unknown" ? unknown(reason) : { kind: meaning, reason };
    },
    refund: async (payment, reference, amount) => {
      const outcome = await client.call(services.refund, {
        originalPartnerReferenceNo: payment.id,
        partnerRefundNo: reference,
        refundAmount: toSnapAmount(amount),
        reason: "sent back to the payer",
      });
      const { meaning, reason, body } = understand(codes.refund, outcome);
      if (meaning === "refused") return { kind: "refused", reason };
      if (meaning !== "done") return unknown(reason);
      return { kind: "done", providerReference: typeof body.refundNo === "string" ? body.refundNo : null };
    },
  };
}
