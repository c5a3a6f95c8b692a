import type { ProviderConfig } from "../config.ts";
import { serveControl } from "../control/routes.ts";
import { createProvider, type SnapIdentity } from "../provider.ts";
import { createSandboxServer } from "../server.ts";
import { createSettlementFiles } from "../settlement/files.ts";
import { serveSettlement } from "../settlement/snap-route.ts";
import { serveAccessToken } from "../snap/operations.ts";
import type { CreateProvider } from "../start.ts";
import { judgeByFlag, payVirtualAccount } from "../virtual-accounts/payment.ts";
import { accountDelivery, honestAccountMessage, serveAccounts } from "../virtual-accounts/service.ts";

const accountFeeMinor = 450_000n;

const identity: SnapIdentity = {
  name: "bank-meranti",
  displayName: "Bank Meranti",
  channelId: "95241",
  terms: { feeOf: () => accountFeeMinor },
  dialect: accountDelivery(judgeByFlag),
};

/** Starts Bank Meranti: virtual accounts, in another dialect than Bank Cendana's: the flag decides. */
export const createBankMeranti: CreateProvider<ProviderConfig> = async (config, dataDir, logger, clock) => {
  const provider = await createProvider(identity, config, dataDir, logger, clock);
  const app = createSandboxServer(logger, provider.metrics, provider.book.flush);
  serveAccessToken(app, provider);
  serveAccounts(app, provider, {
    repeatedCase: "duplicatePartnerReferenceNo",
    paidCase: "paidBill",
    isFlagAlwaysTold: true,
  });
  serveSettlement(app, provider, createSettlementFiles(provider));
  serveControl(app, provider, {
    pay: (charge, options) => payVirtualAccount(provider, charge, options),
    announce: () => undefined,
    honestMessage: (charge, operation) => honestAccountMessage(provider, charge, operation),
  });
  return { name: identity.name, port: config.port, app, provider };
};
