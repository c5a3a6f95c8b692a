import { openDatabase } from "../../platform/runtime/database.ts";
import { newId } from "../../platform/runtime/ids.ts";
import type { Logger } from "../../platform/runtime/logger.ts";
import { createMetrics, statementCounter } from "../../platform/runtime/metrics.ts";
import { createTokenVerifier } from "../../platform/runtime/organisation-token.ts";
import { createSubgraphServer } from "../../platform/runtime/subgraph-server.ts";
import type { Clock } from "../../platform/values/instants.ts";
import type { StorefrontConfig } from "./config.ts";
import { createAttributionSigner, publicKeysOf } from "./connectors/attribution-key/attribution-signer.ts";
import { createRequestContext, type Ports, type RequestContext } from "./context.ts";
import { listenForEvents } from "./event-listener.ts";
import { resolvers } from "./resolvers/resolvers.ts";
import { createStore } from "./store/store.ts";

/** A storefront that listens. */
export interface Storefront {
  readonly port: number;
  /** Where events are taken; null when they are not. */
  readonly eventsPort: number | null;
  /** Finishes the requests in flight, then gives the database's connections back. */
  readonly close: () => Promise<void>;
}

const organisation = "storefront";
const statementTimeoutMs = 5_000;

/** Puts the storefront together and listens. The clock is a parameter for tests alone. */
export async function startStorefront(
  config: StorefrontConfig,
  logger: Logger,
  clock: Clock = () => new Date(),
): Promise<Storefront> {
  const metrics = createMetrics(organisation);
  const database = openDatabase(
    { url: config.databaseUrl, maxConnections: config.databaseMaxConnections, statementTimeoutMs },
    logger,
    statementCounter(metrics),
  );
  const store = createStore(database);
  const attribution = await createAttributionSigner(config.attributionKey);
  const ports: Ports = { ...store, attribution, clock, newId };
  const server = await createSubgraphServer<RequestContext>({
    organisation,
    resolvers,
    tokens: createTokenVerifier(config.gatewayKeys, organisation, config.tokenIssuer),
    createContext: (request) => createRequestContext(request, ports),
    isReady: database.isReady,
    logger,
    metrics,
  });
  const attributionKeys = publicKeysOf(config.attributionKey);
  server.http.get("/.well-known/attribution-jwks.json", async (_request, reply) =>
    reply.header("cache-control", "public, max-age=300").type("application/jwk-set+json").send(attributionKeys),
  );
  let events: { readonly port: number; readonly close: () => Promise<void> } | null = null;
  async function close(): Promise<void> {
    await events?.close();
    await server.close();
    await store.close();
    await database.close();
  }
  try {
    if (config.events !== null) {
      events = await listenForEvents(config.events, { toldEvents: store.toldEvents, clock, logger, metrics });
    }
    return { port: await server.listen(config.port), eventsPort: events?.port ?? null, close };
  } catch (error) {
    await close();
    throw error;
  }
}
