import type { Charge, ChargeStatus } from "../book/charge.ts";
import { serveApproval } from "../charges/approval.ts";
import type { ProcessorConfig } from "../config.ts";
import { serveProcessorKeyRotation } from "../control/keys.ts";
import { ControlRequestError } from "../control/requests.ts";
import { serveControl } from "../control/routes.ts";
import { openProvider, type ProviderIdentity } from "../provider.ts";
import { createSandboxServer } from "../server.ts";
import { serveSettlementControl } from "../settlement/control.ts";
import { createSettlementFiles } from "../settlement/files.ts";
import { shareOf } from "../settlement/rows.ts";
import type { CreateProvider } from "../start.ts";
import { serveCharges } from "./routes.ts";
import { chargeWebhook, createWebhookClient, payCard, webhookBody } from "./webhooks.ts";

const cardBasisPoints = 290n;
const cardFeeMinor = 200_000n;

const identity: ProviderIdentity = {
  name: "gerbang",
  displayName: "Gerbang",
  terms: { feeOf: (_kind, amountMinor) => shareOf(amountMinor, cardBasisPoints) + cardFeeMinor },
  dialect: () => ({
    scheme: () => "asymmetric",
    bodyOf: ({ body }) => body,
    judge: (_notification, { httpStatus }) => (httpStatus === 200 ? "delivered" : "unsettled"),
    onRejected: () => undefined,
  }),
};

/** Starts Gerbang: a payment processor with an API of its own, for cards. */
export const createGerbang: CreateProvider<ProcessorConfig> = async (config, dataDir, logger, clock) => {
  const place = { dataDir, logger, clock };
  const provider = await openProvider(identity, place, config.notification, (newReference, stop) =>
    createWebhookClient(config, newReference, stop),
  );
  const app = createSandboxServer(logger, provider.metrics, provider.book.flush);
  const files = createSettlementFiles(provider);
  const announce = (charge: Charge, to: ChargeStatus) => {
    const told = { amountMinor: charge.amountMinor, status: to };
    const dueAt = provider.clock().toISOString();
    return chargeWebhook(provider, config, charge, told, { externalId: null, signature: "valid", dueAt });
  };
  serveCharges(app, provider, config, files);
  serveSettlementControl(app, files);
  serveProcessorKeyRotation(app, config);
  serveApproval(app, provider, {
    pay: (charge, options) => payCard(provider, config, charge, options),
    announceFailed: (charge) => announce(charge, "failed"),
    returnUrlOf: ({ details }) => (details.kind === "card" ? details.returnUrl : null),
  });
  serveControl(app, provider, {
    pay: (charge, options) => payCard(provider, config, charge, options),
    announce,
    honestMessage: (charge, operation) => {
      if (operation !== "charge-webhook") throw new ControlRequestError(`the processor sends no ${operation}`);
      const body = charge === undefined ? {} : webhookBody(charge, charge.amountMinor, "paid");
      return { url: config.webhookUrl, scheme: "asymmetric", body };
    },
  });
  return { name: identity.name, port: config.port, app, provider };
};
