import { openDatabase } from "../../platform/runtime/database.ts";
import { newId } from "../../platform/runtime/ids.ts";
import type { Logger } from "../../platform/runtime/logger.ts";
import { createMetrics, statementCounter } from "../../platform/runtime/metrics.ts";
import { createTokenVerifier } from "../../platform/runtime/organisation-token.ts";
import type { StateSettings } from "../../platform/runtime/streams/state-streams.ts";
import { createSubgraphServer, type StreamSettings } from "../../platform/runtime/subgraph-server.ts";
import type { Clock } from "../../platform/values/instants.ts";
import type { StorefrontConfig } from "./config.ts";
import { createAttributionSigner, publicKeysOf } from "./connectors/attribution-key/attribution-signer.ts";
import { createRequestContext, type Ports, type RequestContext } from "./context.ts";
import { listenForEvents } from "./event-listener.ts";
import { resolvers } from "./resolvers/resolvers.ts";
import { openLive } from "./store/live/live-states.ts";
import type { LeaseTimes } from "./store/live/viewer-leases.ts";
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

/** How streams behave where it deviates from the usual. */
export interface StreamTuning {
  readonly streams?: Partial<StreamSettings>;
  readonly states?: Partial<StateSettings>;
  readonly leases?: LeaseTimes;
}

/** Puts the storefront together and listens. The clock and the tuning are parameters for tests alone. */
export async function startStorefront(
  config: StorefrontConfig,
  logger: Logger,
  clock: Clock = () => new Date(),
  tuning: StreamTuning = {},
): Promise<Storefront> {
  const metrics = createMetrics(organisation);
  const database = openDatabase(
    { url: config.databaseUrl, maxConnections: config.databaseMaxConnections, statementTimeoutMs },
    logger,
    statementCounter(metrics),
  );
  const store = createStore(database);
  const attribution = await createAttributionSigner(config.attributionKey);
  const { pool } = database;
  const live = openLive({ pool, listenUrl: config.listenDatabaseUrl, newId, logger, ...tuning });
  const ports: Ports = { ...store, attribution, live, clock, newId };
  const server = await createSubgraphServer<RequestContext>({
    organisation,
    resolvers,
    tokens: createTokenVerifier(config.gatewayKeys, organisation, config.tokenIssuer),
    createContext: (request) => createRequestContext(request, ports),
    isReady: database.isReady,
    logger,
    metrics,
    ...(tuning.streams === undefined ? {} : { streams: tuning.streams }),
  });
  const attributionKeys = publicKeysOf(config.attributionKey);
  server.http.get("/.well-known/attribution-jwks.json", async (_request, reply) =>
    reply.header("cache-control", "public, max-age=300").type("application/jwk-set+json").send(attributionKeys),
  );
  let events: { readonly port: number; readonly close: () => Promise<void> } | null = null;
  async function close(): Promise<void> {
    await events?.close();
    await server.close();
    await live.close();
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
