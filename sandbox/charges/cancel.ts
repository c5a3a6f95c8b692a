import { z } from "zod";
import { chargeStatus } from "../book/charge.ts";
import type { Provider } from "../provider.ts";
import { textField } from "../snap/fields.ts";
import { answer, type SnapAnswer } from "../snap/response-codes.ts";
import { toSnapTimestamp } from "../snap/timestamps.ts";
import { findOriginal, originalFields } from "./original.ts";

/** Body of 57 and 77. */
export const cancelShape = z.object({
  ...originalFields,
  originalPartnerReferenceNo: textField(64),
  reason: z.string().max(256).optional(),
});

/** Ends a charge that nobody has paid. Repeated: the same answer, or what the dialect says of a charge that is gone. Paid already: 404xx14, and only a refund helps. */
export function cancel(
  provider: Provider,
  operation: "wallet-cancel" | "qr-cancel",
  kind: "wallet" | "qris",
  request: z.infer<typeof cancelShape>,
  goneCase: "successful" | "transactionExpired" = "successful",
): SnapAnswer {
  const { book, clock } = provider;
  const charge = findOriginal(book, kind, request);
  if (charge === undefined) return answer(operation, "transactionNotFound");
  const now = clock();
  const status = chargeStatus(charge, now);
  if (status === "paid" || status === "refunded") return answer(operation, "paidBill");
  if (status === "cancelled" && goneCase !== "successful") return answer(operation, goneCase);
  if (charge.movedTo !== "cancelled") {
    book.record({
      entry: "charge-moved",
      at: now.toISOString(),
      reference: charge.reference,
      to: "cancelled",
      notification: null,
    });
  }
  return answer(operation, "successful", undefined, {
    originalPartnerReferenceNo: charge.partnerReferenceNo,
    originalReferenceNo: charge.reference,
    cancelTime: toSnapTimestamp(now),
  });
}
