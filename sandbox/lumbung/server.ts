import { randomInt } from "node:crypto";
import type { ProviderConfig } from "../config.ts";
import { createProvider, type SnapIdentity } from "../provider.ts";
import { createSandboxServer } from "../server.ts";
import { createSettlementFiles } from "../settlement/files.ts";
import { shareOf } from "../settlement/rows.ts";
import { serveSettlement } from "../settlement/snap-route.ts";
import type { CreateProvider } from "../start.ts";
import { type WalletDialect, walletDetails } from "../wallets/operations.ts";
import { serveWallet, walletDelivery } from "../wallets/service.ts";

const walletBasisPoints = 125n;
const scheme = "symmetric";

const identity: SnapIdentity = {
  name: "lumbung",
  displayName: "Lumbung",
  channelId: "95261",
  terms: { feeOf: (_kind, amountMinor) => shareOf(amountMinor, walletBasisPoints) },
  dialect: walletDelivery(scheme),
};

/** Starts Lumbung: an e-wallet without redirect, in whose app the payer types a code. */
export const createLumbung: CreateProvider<ProviderConfig> = async (config, dataDir, logger, clock) => {
  const provider = await createProvider(identity, config, dataDir, logger, clock);
  const app = createSandboxServer(logger, provider.metrics, provider.book.flush);
  const dialect: WalletDialect = {
    newPaymentCode: () =>
      randomInt(10 ** 8)
        .toString()
        .padStart(8, "0"),
    instructions: (_provider, charge) => ({ additionalInfo: { paymentCode: walletDetails(charge).paymentCode } }),
    goneCase: "transactionExpired",
  };
  serveWallet(app, provider, dialect, scheme);
  serveSettlement(app, provider, createSettlementFiles(provider));
  return { name: identity.name, port: config.port, app, provider };
};
