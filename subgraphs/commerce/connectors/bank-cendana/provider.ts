import { ConfigurationError } from "../../../../platform/runtime/config.ts";
import type { Payment, PaymentMethod } from "../../domain/payment.ts";
import type { PaymentProvider } from "../../domain/ports.ts";
import type { ProviderSettings } from "../providers-file.ts";
import type { SnapClient } from "../snap/client.ts";
import { createQris } from "../snap/qris.ts";
import { createVirtualAccounts } from "../snap/virtual-account.ts";
import { cancelCodes, refundCodes, requestCodes, statusCodes } from "./codes.ts";

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
  const codes = { request: requestCodes, status: statusCodes, cancel: cancelCodes };
  const accounts = createVirtualAccounts(client, {
    partnerServiceId: settings.virtualAccount.partnerServiceId,
    bankName: providerName,
    codes,
    // The flag is there when the account was paid, and only then.
    flagMeanings: { "": "pending", "00": "paid" },
  });
  const qris = createQris(client, settings.qris, { ...codes, refund: refundCodes });
  const productOf = (payment: Payment) => (payment.methodId === bankCendanaMethods.qris.id ? qris : accounts);
  return {
    id,
    methods: Object.values(bankCendanaMethods),
    requestPayment: (payment) => productOf(payment).requestPayment(payment),
    queryStatus: (payment) => productOf(payment).queryStatus(payment),
    cancel: (payment) => productOf(payment).cancel(payment),
    canRefund: (payment) => payment.methodId === bankCendanaMethods.qris.id,
    refund: (payment, reference, amount) => productOf(payment).refund(payment, reference, amount),
  };
}
