import type { FastifyInstance } from "fastify";
import { type Charge, transactionStatus } from "../book/charge.ts";
import { ControlRequestError, type ForgeOptions } from "../control/requests.ts";
import { type ControlDialect, serveControl } from "../control/routes.ts";
import { type DeliveryDialect, judgeByCode } from "../notifications/attempts.ts";
import type { SnapProvider } from "../provider.ts";
import type { CallOptions } from "../snap/merchant-client.ts";
import { serveAccessToken, serveOperation } from "../snap/operations.ts";
import { type WalletDialect, walletNotification, walletNotifyBody, walletOperations } from "./operations.ts";
import { payFromWallet } from "./payment.ts";

type Scheme = CallOptions["scheme"];

/** How a wallet tells of what was paid: signed so, until it hears 2005600. */
export function walletDelivery(scheme: Scheme): () => DeliveryDialect {
  return () => ({
    scheme: () => scheme,
    bodyOf: ({ body }) => body,
    judge: judgeByCode,
    onRejected: () => undefined,
  });
}

function honestMessage(
  provider: SnapProvider,
  scheme: Scheme,
  charge: Charge | undefined,
  operation: ForgeOptions["operation"],
) {
  if (operation !== "wallet-notify") throw new ControlRequestError(`the wallet sends no ${operation}`);
  const body =
    charge === undefined ? {} : walletNotifyBody(provider, charge, charge.amountMinor, transactionStatus.paid);
  return { url: `${provider.config.merchantCallbackUrl}/v1.0/debit/notify`, scheme, body };
}

function controlDialect(provider: SnapProvider, scheme: Scheme): ControlDialect {
  return {
    pay: (charge, options) => payFromWallet(provider, charge, options),
    announce(charge, to) {
      const told = { amountMinor: charge.amountMinor, state: transactionStatus[to] };
      const dueAt = provider.clock().toISOString();
      return walletNotification(provider, charge, told, { externalId: null, signature: "valid", dueAt });
    },
    honestMessage: (charge, operation) => honestMessage(provider, scheme, charge, operation),
  };
}

/** Serves a wallet: access token, 54, 55, 57, 58 and the control API. */
export function serveWallet(
  app: FastifyInstance,
  provider: SnapProvider,
  dialect: WalletDialect,
  scheme: Scheme,
): void {
  serveAccessToken(app, provider);
  const { walletPayment, walletStatus, walletCancel, walletRefund } = walletOperations(provider, dialect);
  serveOperation(app, provider, walletPayment);
  serveOperation(app, provider, walletStatus);
  serveOperation(app, provider, walletCancel);
  serveOperation(app, provider, walletRefund);
  serveControl(app, provider, controlDialect(provider, scheme));
}
