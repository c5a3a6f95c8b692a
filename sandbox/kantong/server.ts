import { serveApproval } from "../charges/approval.ts";
import type { ProviderConfig } from "../config.ts";
import { createProvider, type SnapIdentity } from "../provider.ts";
import { createSandboxServer } from "../server.ts";
import { createSettlementFiles } from "../settlement/files.ts";
import { shareOf } from "../settlement/rows.ts";
import { serveSettlement } from "../settlement/snap-route.ts";
import type { CreateProvider } from "../start.ts";
import type { WalletDialect } from "../wallets/operations.ts";
import { walletApproval } from "../wallets/payment.ts";
import { serveWallet, walletDelivery } from "../wallets/service.ts";

const walletBasisPoints = 150n;
const scheme = "asymmetric";

const identity: SnapIdentity = {
  name: "kantong",
  displayName: "Kantong",
  channelId: "95251",
  terms: { feeOf: (_kind, amountMinor) => shareOf(amountMinor, walletBasisPoints) },
  dialect: walletDelivery(scheme),
};

/** Starts Kantong: an e-wallet with a page on which the payer approves. */
export const createKantong: CreateProvider<ProviderConfig> = async (config, dataDir, logger, clock) => {
  const provider = await createProvider(identity, config, dataDir, logger, clock);
  const app = createSandboxServer(logger, provider.metrics, provider.book.flush);
  const instructions: WalletDialect["instructions"] = (_provider, { reference }) => ({
    appRedirectUrl: `kantong://pay/${reference}`,
    webRedirectUrl: `http://localhost:${config.port}/approve/${reference}`,
  });
  serveWallet(app, provider, { newPaymentCode: () => null, instructions, goneCase: "successful" }, scheme);
  serveApproval(app, provider, walletApproval(provider));
  serveSettlement(app, provider, createSettlementFiles(provider));
  return { name: identity.name, port: config.port, app, provider };
};
