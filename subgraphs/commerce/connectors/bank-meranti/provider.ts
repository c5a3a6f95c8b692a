import { ConfigurationError } from "../../../../platform/runtime/config.ts";
import type { PaymentMethod } from "../../domain/payment.ts";
import type { PaymentProvider } from "../../domain/ports.ts";
import type { ProviderSettings } from "../providers-file.ts";
import type { SnapClient } from "../snap/client.ts";
import { createVirtualAccounts } from "../snap/virtual-account.ts";
import { cancelCodes, requestCodes, statusCodes } from "./codes.ts";

const id = "bank-meranti";
const providerName = "Bank Meranti";

/** The bank's way to pay. */
export const bankMerantiMethod = {
  id: `${id}.virtual-account`,
  kind: "VIRTUAL_ACCOUNT",
  provider: id,
  providerName,
} as const satisfies PaymentMethod;

/** The bank: virtual accounts behind the port. @throws ConfigurationError when its settings lack the product. */
export function createBankMeranti(settings: ProviderSettings, client: SnapClient): PaymentProvider {
  if (settings.virtualAccount === undefined) {
    throw new ConfigurationError(`COMMERCE_PROVIDERS_FILE: ${id}: needs virtualAccount`);
  }
  return {
    id,
    methods: [bankMerantiMethod],
    canRefund: () => false,
    ...createVirtualAccounts(client, {
      partnerServiceId: settings.virtualAccount.partnerServiceId,
      bankName: providerName,
      codes: { request: requestCodes, status: statusCodes, cancel: cancelCodes },
      // The bank's dialect: the flag is always there. 01: not paid; 02: somebody is paying just now.
      flagMeanings: { "00": "paid", "01": "pending", "02": "moving" },
    }),
  };
}
