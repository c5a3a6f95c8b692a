import { z } from "zod";
import { ConfigurationError } from "../../../../platform/runtime/config.ts";
import type { PaymentMethod } from "../../domain/payment.ts";
import type { PaymentProvider } from "../../domain/ports.ts";
import type { ProviderSettings } from "../providers-file.ts";
import type { SnapClient } from "../snap/client.ts";
import { createDirectDebit } from "../snap/direct-debit.ts";
import { cancelCodes, refundCodes, requestCodes, statusCodes } from "./codes.ts";

const id = "kantong";
const providerName = "Kantong";

/** The wallet's way to pay. */
export const kantongMethod = {
  id: `${id}.wallet`,
  kind: "E_WALLET",
  provider: id,
  providerName,
} as const satisfies PaymentMethod;

const redirectShape = z.object({
  webRedirectUrl: z.url({ protocol: /^https?$/ }),
  appRedirectUrl: z.string().min(1).optional(),
});

/** Addresses of ours that the wallet is told. */
export interface WalletAddresses {
  /** Where the wallet notifies us (56). */
  readonly notifyUrl: string;
  /** Where the buyer's browser goes afterwards; it says nothing about the payment. */
  readonly returnUrl: string;
}

/** The wallet with redirect: direct debit behind the port. @throws ConfigurationError when its settings lack `wallet`. */
export function createKantong(
  settings: ProviderSettings,
  client: SnapClient,
  addresses: WalletAddresses,
): PaymentProvider {
  if (settings.wallet === undefined) throw new ConfigurationError(`COMMERCE_PROVIDERS_FILE: ${id}: needs wallet`);
  return {
    id,
    methods: [kantongMethod],
    ...createDirectDebit(client, {
      merchantId: settings.wallet.merchantId,
      urlParams: [
        { url: addresses.returnUrl, type: "PAY_RETURN" },
        { url: addresses.notifyUrl, type: "PAY_NOTIFY" },
      ],
      codes: { request: requestCodes, status: statusCodes, cancel: cancelCodes, refund: refundCodes },
      instructionsOf: (body) => {
        const read = redirectShape.safeParse(body);
        if (!read.success) return null;
        const { webRedirectUrl, appRedirectUrl = null } = read.data;
        return { kind: "E_WALLET", walletName: providerName, webRedirectUrl, appRedirectUrl };
      },
    }),
  };
}
