import { z } from "zod";
import type { PaymentInstructions } from "../../domain/payment.ts";
import type { PaymentProvider } from "../../domain/ports.ts";
import type { SnapClient } from "./client.ts";
import { textField, toSnapAmount } from "./fields.ts";
import { understand, unknown } from "./meanings.ts";
import { createMerchantCharges, type MerchantChargeCodes } from "./merchant-charge.ts";
import { toSnapTimestamp } from "./timestamps.ts";

const services = {
  request: { code: "54", method: "POST", path: "/v1.0/debit/payment-host-to-host" },
  status: { code: "55", method: "POST", path: "/v1.0/debit/status" },
  cancel: { code: "57", method: "POST", path: "/v1.0/debit/cancel" },
  refund: { code: "58", method: "POST", path: "/v1.0/debit/refund" },
  amountField: "transAmount",
} as const;

/** Path of a wallet's notification (56) below a provider's place at our public address. */
export const debitNotifyPath = "/v1.0/debit/notify";

/** An address of ours that a wallet is told. */
export interface UrlParam {
  readonly url: string;
  readonly type: "PAY_RETURN" | "PAY_NOTIFY";
}

/** What differs between wallets. */
export interface DirectDebitDialect {
  readonly merchantId: string;
  readonly urlParams: readonly UrlParam[];
  readonly codes: MerchantChargeCodes;
  /** Reads from an accepted request what the buyer does next; null when it does not say. */
  readonly instructionsOf: (body: unknown) => PaymentInstructions | null;
}

const acceptedShape = z.object({ referenceNo: textField(64) });

/** A wallet's charges: SNAP services 54, 55, 57 and 58, without the provider's id and methods. */
export type DirectDebit = Pick<PaymentProvider, "requestPayment" | "queryStatus" | "cancel" | "canRefund" | "refund">;

/** Speaks to a wallet about direct debit, in its dialect. */
export function createDirectDebit(client: SnapClient, dialect: DirectDebitDialect): DirectDebit {
  const { merchantId, codes, instructionsOf } = dialect;
  const urlParams = dialect.urlParams.map((param) => ({ ...param, isDeeplink: "N" }));
  return {
    ...createMerchantCharges(client, services, codes),
    canRefund: () => true,
    requestPayment: async (payment) => {
      const outcome = await client.call(services.request, {
        partnerReferenceNo: payment.id,
        merchantId,
        amount: toSnapAmount(payment.amount),
        urlParams,
        validUpTo: toSnapTimestamp(payment.expiresAt),
      });
      const { meaning, reason, body } = understand(codes.request, outcome);
      if (meaning === "refused") return { kind: "refused", reason };
      if (meaning !== "requested") return unknown(reason);
      const accepted = acceptedShape.safeParse(body);
      const instructions = instructionsOf(body);
      if (!accepted.success || instructions === null) return unknown("accepted, but without reference or instructions");
      return {
        kind: "requested",
        instructions,
        providerReference: accepted.data.referenceNo,
        virtualAccountNo: null,
      };
    },
  };
}
