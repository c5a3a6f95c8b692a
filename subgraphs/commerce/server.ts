import { createLogger } from "../../platform/runtime/logger.ts";
import { runMain } from "../../platform/runtime/shutdown.ts";
import { createCommerceApi } from "./api.ts";
import { readCommerceConfig } from "./config.ts";
import { createAttributionTokens } from "./connectors/attribution/attribution-tokens.ts";
import { createPaymentRequests } from "./domain/actions/request-payment.ts";
import type { PaymentProvider } from "./domain/ports.ts";
import { openParts } from "./parts.ts";

// Commerce's API process: GraphQL for the gateway, and beside it the listener that providers call back.

const logger = createLogger("commerce");

runMain(logger, async (shutdown) => {
  const config = readCommerceConfig(process.env);
  // Connectors are plugged in here: the providers of config.providersFile.
  const providers: readonly PaymentProvider[] = [];
  const parts = openParts({ ...config, service: "commerce", providers }, logger);
  shutdown.add("database", parts.close);
  const byId = new Map(providers.map((provider) => [provider.id, provider]));
  const paymentRequests = createPaymentRequests({
    transactions: parts.store.transactions,
    providerOf: (payment) => {
      const provider = byId.get(payment.provider);
      if (provider === undefined) throw new Error(`the provider ${payment.provider} is not configured`);
      return provider;
    },
    clock: parts.clock,
  });
  // The listener for call-backs is opened here, on config.callbackPort, before the API takes orders.
  const api = await createCommerceApi(parts, paymentRequests, {
    ...config,
    attributionTokens: createAttributionTokens(config.attributionKeys, parts.clock),
  });
  shutdown.add("GraphQL", api.close);
  logger.info({ port: await api.listen(config.port) }, "listening");
});
