import { ConfigurationError } from "../../../../platform/runtime/config.ts";
import type { Payment, PaymentMethod } from "../../domain/payment.ts";
import type { PaymentProvider } from "../../domain/ports.ts";
import type { ProviderSettings } from "../providers-file.ts";
import type { SnapClient } from "../snap/client.ts";
import { createQris } from "./qris.ts";
import { createVirtualAccounts } from "./virtual-account.ts";

const id = "bank-cendana";
const providerName = "Bank Cendana";

/** Ways to pay that the bank serves. */
export const bankCendanaMethods = {
  virtualAccount: { id: `${id}.virtual-account`, kind: "VIRTUAL_ACCOUNT", provider: id, providerName },
  qris: { id: `${id}.qris`, kind: "QRIS", provider: id, providerName },
} as const satisfies Record<string, PaymentMethod>;

/** The bank: virtual accounts and QRIS behind the port. @throws ConfigurationError when its settings lack a product. */
export function createBankCendana(settings: ProviderSettings, client: SnapClient): PaymentProvider {
  if (settings.virtualAccount === undefined || settings.qris === undefined) {
    throw new ConfigurationError(`COMMERCE_PROVIDERS_FILE: ${id}: needs virtualAccount and qris`);
  }
  const accounts = createVirtualAccounts(client, settings.virtualAccount.partnerServiceId, providerName);
  const qris = createQris(client, settings.qris);
  const productOf = (payment: Payment) => (payment.methodId === bankCendanaMethods.qris.id ? qris : accounts);
  return {
    id,
    methods: Object.values(bankCendanaMethods),
    requestPayment: (payment) => productOf(payment).request(payment),
    queryStatus: (payment) => productOf(payment).queryStatus(payment),
    cancel: (payment) => productOf(payment).cancel(payment),
    canRefund: (payment) => payment.methodId === bankCendanaMethods.qris.id,
    refund: async (payment, reference, amount) => {
      if (payment.methodId === bankCendanaMethods.qris.id) return qris.refund(payment, reference, amount);
      return { kind: "refused", reason: "a virtual account has no refund; send it back by a transfer" };
    },
  };
}
