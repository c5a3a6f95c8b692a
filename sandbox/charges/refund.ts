import { z } from "zod";
import { toDecimal } from "../../platform/values/money.ts";
import { amountPaid, amountRefunded, type Charge, chargeStatus, type MadeRefund } from "../book/charge.ts";
import type { Provider } from "../provider.ts";
import { amountField, textField } from "../snap/fields.ts";
import { answer, type SnapAnswer } from "../snap/response-codes.ts";
import { toSnapTimestamp } from "../snap/timestamps.ts";
import { findOriginal, originalFields } from "./original.ts";

/** Body of 58 and 78. */
export const refundShape = z.object({
  ...originalFields,
  originalPartnerReferenceNo: textField(64),
  partnerRefundNo: textField(64),
  refundAmount: amountField,
  reason: z.string().max(256).optional(),
});

/** A refund as the merchant asks for it. */
export type RefundRequest = z.infer<typeof refundShape>;

/** What differs between providers. */
export interface RefundDialect {
  readonly operation: "wallet-refund" | "qr-refund";
  readonly kind: "wallet" | "qris";
  /** What an unchanged repetition is answered, with the first result's fields. */
  readonly replayCase: "successful" | "duplicatePartnerReferenceNo";
}

function resultFields(charge: Charge, refund: MadeRefund): Record<string, unknown> {
  return {
    originalPartnerReferenceNo: charge.partnerReferenceNo,
    originalReferenceNo: charge.reference,
    refundNo: refund.refundNo,
    partnerRefundNo: refund.partnerRefundNo,
    refundAmount: { value: toDecimal(refund.amountMinor), currency: "IDR" },
    refundTime: toSnapTimestamp(refund.madeAt),
  };
}

/**
 * Gives money back, in whole or in part. An unchanged repetition moves nothing and tells the first result; a changed one is
 * 404xx18. More than was paid and is left: 404xx13. Nothing was paid: 404xx00.
 */
export function refund(provider: Provider, dialect: RefundDialect, request: RefundRequest): SnapAnswer {
  const { book, clock } = provider;
  const { operation, kind, replayCase } = dialect;
  const charge = findOriginal(book, kind, request);
  if (charge === undefined) return answer(operation, "transactionNotFound");
  const earlier = charge.refunds.find(({ partnerRefundNo }) => partnerRefundNo === request.partnerRefundNo);
  if (earlier !== undefined) {
    const isSame = earlier.amountMinor === request.refundAmount && earlier.reason === (request.reason ?? null);
    if (!isSame) return answer(operation, "inconsistentRequest");
    return answer(operation, replayCase, undefined, resultFields(charge, earlier));
  }
  const status = chargeStatus(charge, clock());
  if (status !== "paid") return answer(operation, "invalidTransactionStatus");
  if (amountRefunded(charge) + request.refundAmount > amountPaid(charge)) return answer(operation, "invalidAmount");
  const made: MadeRefund = {
    refundNo: provider.newReference(),
    partnerRefundNo: request.partnerRefundNo,
    amountMinor: request.refundAmount,
    reason: request.reason ?? null,
    madeAt: clock(),
  };
  book.record({
    entry: "refund-made",
    at: made.madeAt.toISOString(),
    reference: charge.reference,
    refundNo: made.refundNo,
    partnerRefundNo: made.partnerRefundNo,
    amount: toDecimal(made.amountMinor),
    reason: made.reason,
  });
  return answer(operation, "successful", undefined, resultFields(charge, made));
}
