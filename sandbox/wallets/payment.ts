import type { Charge } from "../book/charge.ts";
import { transactionStatus } from "../book/charge.ts";
import type { ApprovalDialect } from "../charges/approval.ts";
import { amountTaken, firstDueAt, notifyNow, obstacle, type PayReport, report, takeMoney } from "../control/payment.ts";
import type { PayOptions } from "../control/requests.ts";
import type { SnapProvider } from "../provider.ts";
import { notifiedAmount, walletDetails, walletNotification } from "./operations.ts";

/** The payer approves: the wallet takes the money and tells the merchant (56) until it hears 2005600. */
export async function payFromWallet(provider: SnapProvider, charge: Charge, options: PayOptions): Promise<PayReport> {
  const hindrance = obstacle(provider, charge, options);
  if (hindrance !== undefined) return report(provider, charge, "refused", [], hindrance);
  const amountMinor = amountTaken(charge, options);
  const told = { amountMinor: notifiedAmount(amountMinor, options.notifiedAmount), state: transactionStatus.paid };
  const notification = options.silent
    ? null
    : walletNotification(provider, charge, told, {
        externalId: options.externalId === "same" ? provider.newReference() : null,
        signature: options.signature,
        dueAt: firstDueAt(provider, options),
      });
  await takeMoney(provider, charge, { paymentRequestId: provider.newReference(), amountMinor }, notification);
  const answers = notification === null ? [] : await notifyNow(provider, notification, options);
  return report(provider, charge, "paid", answers);
}

/** How a wallet's page pays and declines. */
export function walletApproval(provider: SnapProvider): ApprovalDialect {
  return {
    pay: (charge, options) => payFromWallet(provider, charge, options),
    announceFailed: (charge) => {
      const told = { amountMinor: charge.amountMinor, state: transactionStatus.failed };
      const dueAt = provider.clock().toISOString();
      return walletNotification(provider, charge, told, { externalId: null, signature: "valid", dueAt });
    },
    returnUrlOf: (charge) => walletDetails(charge).returnUrl,
  };
}
