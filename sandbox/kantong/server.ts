import { type Charge, transactionStatus } from "../book/charge.ts";
import { ControlRequestError, type ForgeOptions } from "../control/requests.ts";
import { type ControlDialect, serveControl } from "../control/routes.ts";
import { judgeByCode } from "../notifications/attempts.ts";
import { createProvider, type Provider, type ProviderIdentity } from "../provider.ts";
import { createSandboxServer } from "../server.ts";
import { serveAccessToken, serveOperation } from "../snap/operations.ts";
import type { StartProvider } from "../start.ts";
import { payFromWallet, serveApproval } from "./approval.ts";
import { walletNotification, walletNotifyBody, walletOperations } from "./payments.ts";

const identity: ProviderIdentity = {
  name: "kantong",
  displayName: "Kantong",
  channelId: "95251",
  dialect: () => ({
    scheme: () => "asymmetric",
    bodyOf: ({ body }) => body,
    judge: judgeByCode,
    onRejected: () => undefined,
  }),
};

function honestMessage(provider: Provider, charge: Charge | undefined, operation: ForgeOptions["operation"]) {
  if (operation !== "wallet-notify") throw new ControlRequestError(`the wallet sends no ${operation}`);
  const body =
    charge === undefined ? {} : walletNotifyBody(provider, charge, charge.amountMinor, transactionStatus.paid);
  const url = `${provider.config.merchantCallbackUrl}/v1.0/debit/notify`;
  return { url, scheme: "asymmetric" as const, body };
}

function controlDialect(provider: Provider): ControlDialect {
  return {
    pay: (charge, options) => payFromWallet(provider, charge, options),
    announce(charge, to) {
      const told = { amountMinor: charge.amountMinor, state: transactionStatus[to] };
      const dueAt = provider.clock().toISOString();
      return walletNotification(provider, charge, told, { externalId: null, signature: "valid", dueAt });
    },
    honestMessage: (charge, operation) => honestMessage(provider, charge, operation),
  };
}

/** Starts Kantong: an e-wallet. */
export const createKantong: StartProvider = async (config, dataDir, logger, clock) => {
  const provider = await createProvider(identity, config, dataDir, logger, clock);
  const app = createSandboxServer(logger, provider.metrics, provider.book.flush);
  serveAccessToken(app, provider);
  const { walletPayment, walletStatus, walletCancel, walletRefund } = walletOperations(provider);
  serveOperation(app, provider, walletPayment);
  serveOperation(app, provider, walletStatus);
  serveOperation(app, provider, walletCancel);
  serveOperation(app, provider, walletRefund);
  serveApproval(app, provider);
  serveControl(app, provider, controlDialect(provider));
  return { name: identity.name, port: config.port, app, provider };
};
