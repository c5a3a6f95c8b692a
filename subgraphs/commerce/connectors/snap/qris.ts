import { z } from "zod";
import type { PaymentProvider } from "../../domain/ports.ts";
import type { SnapClient } from "./client.ts";
import { textField, toSnapAmount } from "./fields.ts";
import { understand, unknown } from "./meanings.ts";
import { createMerchantCharges, type MerchantChargeCodes } from "./merchant-charge.ts";
import { toSnapTimestamp } from "./timestamps.ts";

const services = {
  request: { code: "47", method: "POST", path: "/v1.0/qr/qr-mpm-generate" },
  status: { code: "51", method: "POST", path: "/v1.0/qr/qr-mpm-query" },
  cancel: { code: "77", method: "POST", path: "/v1.0/qr/qr-mpm-cancel" },
  refund: { code: "78", method: "POST", path: "/v1.0/qr/qr-mpm-refund" },
  amountField: "amount",
} as const;

const generatedShape = z.object({ referenceNo: textField(64), qrContent: textField(512) });

/** QRIS shown by the merchant: SNAP services 47, 51, 77 and 78. */
export type Qris = Pick<PaymentProvider, "requestPayment" | "queryStatus" | "cancel" | "refund">;

/** Speaks to a bank about QR codes, with that bank's tables of codes. */
export function createQris(
  client: SnapClient,
  merchant: { readonly merchantId: string; readonly storeId: string },
  codes: MerchantChargeCodes,
): Qris {
  return {
    ...createMerchantCharges(client, services, codes),
    requestPayment: async (payment) => {
      const outcome = await client.call(services.request, {
        partnerReferenceNo: payment.id,
        amount: toSnapAmount(payment.amount),
        ...merchant,
        validityPeriod: toSnapTimestamp(payment.expiresAt),
      });
      const { meaning, reason, body } = understand(codes.request, outcome);
      if (meaning === "refused") return { kind: "refused", reason };
      if (meaning !== "requested") return unknown(reason);
      const generated = generatedShape.safeParse(body);
      if (!generated.success) return unknown("generated, but without reference or content");
      const { referenceNo, qrContent } = generated.data;
      const instructions = { kind: "QRIS", qrContent } as const;
      return { kind: "requested", instructions, providerReference: referenceNo, virtualAccountNo: null };
    },
  };
}
