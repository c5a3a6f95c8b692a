import { z } from "zod";
import { ConfigurationError } from "../../../../platform/runtime/config.ts";
import type { PaymentMethod } from "../../domain/payment.ts";
import type { PaymentProvider } from "../../domain/ports.ts";
import type { ProviderSettings } from "../providers-file.ts";
import type { SnapClient } from "../snap/client.ts";
import { createDirectDebit } from "../snap/direct-debit.ts";
import { cancelCodes, refundCodes, requestCodes, statusCodes } from "./codes.ts";

const id = "lumbung";
const providerName = "Lumbung";

/** The wallet's way to pay. */
export const lumbungMethod = {
  id: `${id}.wallet`,
  kind: "E_WALLET",
  provider: id,
  providerName,
} as const satisfies PaymentMethod;

const codeShape = z.object({ additionalInfo: z.object({ paymentCode: z.string().regex(/^\d{8}$/) }) });

/**
 * The wallet without redirect: the buyer types a code in the wallet's app and approves there. Direct debit behind the port.
 * @throws ConfigurationError when its settings lack `wallet`.
 */
export function createLumbung(settings: ProviderSettings, client: SnapClient, notifyUrl: string): PaymentProvider {
  if (settings.wallet === undefined) throw new ConfigurationError(`COMMERCE_PROVIDERS_FILE: ${id}: needs wallet`);
  return {
    id,
    methods: [lumbungMethod],
    ...createDirectDebit(client, {
      merchantId: settings.wallet.merchantId,
      urlParams: [{ url: notifyUrl, type: "PAY_NOTIFY" }],
      codes: { request: requestCodes, status: statusCodes, cancel: cancelCodes, refund: refundCodes },
      instructionsOf: (body) => {
        const read = codeShape.safeParse(body);
        if (!read.success) return null;
        return { kind: "WALLET_CODE", walletName: providerName, paymentCode: read.data.additionalInfo.paymentCode };
      },
    }),
  };
}
