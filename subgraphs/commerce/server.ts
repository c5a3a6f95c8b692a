import { createLogger } from "../../platform/runtime/logger.ts";
import { runMain } from "../../platform/runtime/shutdown.ts";
import { createCommerceApi } from "./api.ts";
import { createCallbackListener } from "./callbacks/listener.ts";
import { composePayments } from "./composition/payments.ts";
import { composeCouriers } from "./composition/shipping.ts";
import { readCommerceConfig } from "./config.ts";
import { createAttributionTokens } from "./connectors/attribution/attribution-tokens.ts";
import { createDocumentPage } from "./documents/route.ts";
import { openParts } from "./parts.ts";
import { createDocumentKeys } from "./store/document-keys.ts";

const logger = createLogger("commerce");

// Commerce's API process: GraphQL for the gateway, and beside it the listener that providers call back.
runMain(logger, async (shutdown) => {
  const config = readCommerceConfig(process.env);
  const parts = openParts({ ...config, service: "commerce" }, logger);
  shutdown.add("database", parts.close);
  const payments = composePayments({ ...config, ...parts, transactions: parts.store.transactions });
  shutdown.add("connections to providers", payments.close);
  const { couriers, ...shipping } = composeCouriers({ ...config, logger });
  shutdown.add("connections to couriers", shipping.close);
  const receiver = { ...parts, transactions: parts.store.transactions };
  const routes = [...payments.callbackRoutes, ...shipping.callbackRoutes(receiver)];
  // Providers can be answered before the first order is placed: a call-back may be owed from before a restart.
  const callbacks = createCallbackListener(routes, logger, parts.metrics, [
    createDocumentPage({
      documents: parts.store.documents,
      keys: createDocumentKeys(parts.database.pool, parts.newId, parts.clock),
      clock: parts.clock,
    }),
  ]);
  shutdown.add("call-backs", callbacks.close);
  const callbackPort = await callbacks.listen(config.callbackPort);
  const api = await createCommerceApi(parts, payments, {
    ...config,
    couriers,
    attributionTokens: createAttributionTokens(config.attributionKeys, parts.clock),
  });
  shutdown.add("GraphQL", api.close);
  logger.info({ port: await api.listen(config.port), callbackPort }, "listening");
});
