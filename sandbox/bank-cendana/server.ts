import { type Charge, transactionStatus } from "../book/charge.ts";
import type { ProviderConfig } from "../config.ts";
import type { ForgeOptions } from "../control/requests.ts";
import { type ControlDialect, serveControl } from "../control/routes.ts";
import { createProvider, type SnapIdentity, type SnapProvider } from "../provider.ts";
import { createSandboxServer } from "../server.ts";
import { createSettlementFiles } from "../settlement/files.ts";
import { shareOf } from "../settlement/rows.ts";
import { serveSettlement } from "../settlement/snap-route.ts";
import { serveAccessToken, serveOperation } from "../snap/operations.ts";
import type { CreateProvider } from "../start.ts";
import { judgePayment, payVirtualAccount } from "../virtual-accounts/payment.ts";
import { accountDelivery, honestAccountMessage, serveAccounts } from "../virtual-accounts/service.ts";
import { payQr, qrisOperations, qrNotifyBody, qrNotifyUrl } from "./qris.ts";
import { transferOperations } from "./transfers.ts";

const accountFeeMinor = 400_000n;
const qrisBasisPoints = 70n;

const identity: SnapIdentity = {
  name: "bank-cendana",
  displayName: "Bank Cendana",
  channelId: "95231",
  terms: {
    feeOf: (kind, amountMinor) => (kind === "qris" ? shareOf(amountMinor, qrisBasisPoints) : accountFeeMinor),
  },
  dialect: accountDelivery(judgePayment),
};

function honestMessage(provider: SnapProvider, charge: Charge | undefined, operation: ForgeOptions["operation"]) {
  if (operation !== "qr-notify") return honestAccountMessage(provider, charge, operation);
  const isQr = charge?.details.kind === "qris";
  const body = isQr ? qrNotifyBody(provider, charge, charge.amountMinor, transactionStatus.paid) : {};
  return { url: qrNotifyUrl(provider), scheme: "symmetric" as const, body };
}

function controlDialect(provider: SnapProvider): ControlDialect {
  return {
    pay: (charge, options) =>
      charge.details.kind === "qris" ? payQr(provider, charge, options) : payVirtualAccount(provider, charge, options),
    announce(charge, to) {
      if (charge.details.kind !== "qris") return undefined;
      return {
        notificationId: provider.newReference(),
        operation: "qr-notify",
        url: qrNotifyUrl(provider),
        body: qrNotifyBody(provider, charge, charge.amountMinor, transactionStatus[to]),
        externalId: null,
        signature: "valid",
        dueAt: provider.clock().toISOString(),
      };
    },
    honestMessage: (charge, operation) => honestMessage(provider, charge, operation),
  };
}

/** Starts Bank Cendana: virtual accounts and QRIS. */
export const createBankCendana: CreateProvider<ProviderConfig> = async (config, dataDir, logger, clock) => {
  const provider = await createProvider(identity, config, dataDir, logger, clock);
  const app = createSandboxServer(logger, provider.metrics, provider.book.flush);
  serveAccessToken(app, provider);
  serveAccounts(app, provider, {
    repeatedCase: "successful",
    paidCase: "duplicatePartnerReferenceNo",
    isFlagAlwaysTold: false,
  });
  const { qrGenerate, qrQuery, qrCancel, qrRefund } = qrisOperations(provider);
  serveOperation(app, provider, qrGenerate);
  serveOperation(app, provider, qrQuery);
  serveOperation(app, provider, qrCancel);
  serveOperation(app, provider, qrRefund);
  const { intrabank, interbank, transferStatus } = transferOperations(app, provider);
  serveOperation(app, provider, intrabank);
  serveOperation(app, provider, interbank);
  serveOperation(app, provider, transferStatus);
  serveSettlement(app, provider, createSettlementFiles(provider));
  serveControl(app, provider, controlDialect(provider));
  return { name: identity.name, port: config.port, app, provider };
};
