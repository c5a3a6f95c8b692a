import { fastify } from "fastify";
import { ConfigurationError } from "../platform/runtime/config.ts";
import { watchConnections } from "../platform/runtime/connection-drain.ts";
import type { Logger } from "../platform/runtime/logger.ts";
import { createMetrics } from "../platform/runtime/metrics.ts";
import { createAdmission } from "./admission.ts";
import { startLabelAssignment } from "./assign-labels.ts";
import type { GatewayConfig } from "./config.ts";
import type { Engine } from "./engine.ts";
import { engines } from "./engines/registry.ts";
import { trustOf } from "./http/client-address.ts";
import { addCors } from "./http/cors.ts";
import { addHostGuard } from "./http/host-guard.ts";
import { openDoor } from "./http/open-door.ts";
import { addProbes } from "./http/probes.ts";
import { addRequestGuard } from "./http/request-guard.ts";
import type { Live } from "./live/open-live.ts";
import { createGatewayMetrics, type GatewayMetrics } from "./metrics.ts";
import type { ProcessPool } from "./planners/process-pool.ts";
import { subgraphCodes } from "./policy/error-catalogue.ts";
import { mayExplain } from "./policy/explain.ts";
import { createIdentity } from "./policy/identity.ts";
import { createOrganisationTokens, type OrganisationTokens } from "./policy/organisation-tokens.ts";
import { createSubgraphCaller } from "./subgraph-caller.ts";
import { openSource } from "./supergraph/create-source.ts";
import { subgraphEndpoints } from "./supergraph/subgraph-endpoints.ts";
import type { Supergraph } from "./supergraph/supergraph.ts";
import { SupergraphFeed } from "./supergraph/supergraph-feed.ts";
import { CallerChanges } from "./transport/caller-changes.ts";
import { breakCircuits, defaultBreakerLimits } from "./transport/circuit-breaker.ts";
import { createOutgoingHeaders, createStreamHeaders } from "./transport/outgoing-headers.ts";
import { defaultRetryLimits, retryOnce } from "./transport/retry.ts";
import { shareInFlight } from "./transport/share-in-flight.ts";
import {
  createSubgraphTransport,
  type SubgraphEndpoint,
  type SubgraphTransport,
} from "./transport/subgraph-transport.ts";

/** A gateway that is loaded and can listen. */
export interface Gateway {
  /** Listens where configuration says; answers the address, as `http://127.0.0.1:4000`. */
  readonly listen: () => Promise<string>;
  /** Takes no new requests, finishes those in flight (mutations are never cut off), then ends. */
  readonly close: () => Promise<void>;
  /** How long closing may take when a subgraph uses up its time and there is something to merge after it. */
  readonly closeWithinMs: number;
}

const closingMarginMs = 5_000;

function createTokens(config: GatewayConfig, metrics: GatewayMetrics): Promise<OrganisationTokens> | undefined {
  if (config.organisationTokens === undefined) return undefined;
  return createOrganisationTokens(config.organisationTokens, () => new Date(), {
    minted: (organisation) => metrics.organisationTokens.inc({ organisation, source: "minted" }),
    reused: (organisation) => metrics.organisationTokens.inc({ organisation, source: "reused" }),
  });
}

function organisationNames(config: GatewayConfig): (service: string) => string {
  const names = new Map(Object.entries(config.subgraphs).map(([name, { organisation }]) => [name, organisation]));
  return (service) => names.get(service) ?? service;
}

function createTransport(config: GatewayConfig, metrics: GatewayMetrics, changes: CallerChanges) {
  const plain = createSubgraphTransport({
    responseBytes: config.limits.subgraphResponseBytes,
    connectionsPerSubgraph: config.limits.connectionsPerSubgraph,
  });
  const own = new Map(Object.entries(config.subgraphs));
  const breakerOf = (service: string) => own.get(service)?.breaker ?? defaultBreakerLimits;
  const retryOf = (service: string) => own.get(service)?.retry ?? defaultRetryLimits;
  const guarded = breakCircuits(plain, breakerOf, () => performance.now());
  const retrying = retryOnce(guarded, retryOf, Math.random);
  return config.deduplicate ? shareInFlight(retrying, () => metrics.sharedRequests.inc(), changes) : retrying;
}

async function openFeed(config: GatewayConfig, logger: Logger, metrics: GatewayMetrics): Promise<SupergraphFeed> {
  const settings = { supergraph: config.supergraph, ...config.supergraphSource };
  const { source, lastGood } = await openSource(settings, logger);
  return new SupergraphFeed(source, lastGood, logger, {
    stale: (isStale) => metrics.supergraphStale.set(Number(isStale)),
    reachable: (isReachable) => metrics.supergraphSourceReachable.set(Number(isReachable)),
    reloaded: (outcome) => metrics.supergraphReloads.inc({ outcome }),
  });
}

/** Goes over to a new supergraph; new streams know its addresses in the same step, and not when it is refused. */
async function goOver(
  next: Supergraph,
  engine: Engine,
  endpointsOf: (supergraph: Supergraph) => readonly SubgraphEndpoint[],
  live: Live | undefined,
): Promise<void> {
  if (engine.update === undefined) throw new Error(`the engine ${engine.name} needs a restart for a new supergraph`);
  const endpoints = endpointsOf(next);
  await engine.update(next, () => live?.useEndpoints(endpoints));
  await live?.reload();
}

/** What is in flight when the gateway stops ends within this time. */
function longestEnding({ subscriptions }: GatewayConfig, endpoints: readonly SubgraphEndpoint[]): number {
  return Math.max(subscriptions.drainMs, ...endpoints.map(({ timeoutMs }) => timeoutMs));
}

function createListener({ limits, trustedProxies }: GatewayConfig) {
  const { requestBytes, requestTimeoutMs: requestTimeout } = limits;
  return fastify({
    trustProxy: trustedProxies.length > 0 && trustOf(trustedProxies),
    bodyLimit: requestBytes,
    // These are keys like any other: nothing here copies a body's objects in a way that would make them prototypes.
    onProtoPoisoning: "ignore",
    onConstructorPoisoning: "ignore",
    requestTimeout,
    // Node swaps the two when the headers' time (60 s unless given) is longer, and looks each 30 s unless told otherwise.
    http: {
      requestTimeout,
      headersTimeout: requestTimeout,
      connectionsCheckingInterval: Math.ceil(requestTimeout / 6),
    },
    forceCloseConnections: "idle",
    keepAliveTimeout: 75_000,
    // The guard answers and closes; fastify's own 503 has no code that a client could read.
    return503OnClosing: false,
  });
}

async function reachability(endpoints: readonly SubgraphEndpoint[], isReachable: SubgraphTransport["isReachable"]) {
  const one = async (endpoint: SubgraphEndpoint) => [endpoint.service, await isReachable(endpoint)] as const;
  return Object.fromEntries(await Promise.all(endpoints.map(one)));
}

/** What several gateways of one process may share. */
export interface SharedParts {
  /** Without it, a gateway ends its planning processes when it closes. */
  readonly processPool?: ProcessPool;
}

/**
 * Puts a gateway together from its configuration and loads its supergraph. The only place that knows every part.
 * @throws ConfigurationError when files, keys or addresses cannot be used
 */
export async function createGateway(config: GatewayConfig, logger: Logger, shared: SharedParts = {}): Promise<Gateway> {
  const registry = createMetrics("gateway");
  const metrics = createGatewayMetrics(registry);
  const feed = await openFeed(config, logger, metrics);
  const supergraph = await feed.first();
  const endpointsOf = (of: Supergraph) => subgraphEndpoints(of, config.subgraphs, config.limits.subgraphTimeoutMs);
  const endpoints = endpointsOf(supergraph);
  const tokens = await createTokens(config, metrics);
  const changes = new CallerChanges();
  const transport = createTransport(config, metrics, changes);
  const passedCodes = new Set([...subgraphCodes, ...config.errors.passedCodes]);
  const outgoingHeaders = createOutgoingHeaders(organisationNames(config), tokens);
  const labels = await startLabelAssignment(config, logger, metrics);
  const createEngine = await engines[config.engine]();
  const engine = createEngine({
    supergraph,
    instead: (error) => feed.inPlaceOf(supergraph, error),
    askSubgraphsOf: (of) => createSubgraphCaller(transport, endpointsOf(of), outgoingHeaders, metrics, changes),
    passedCodes,
    mayExplain: mayExplain(config.explain),
    logger,
    planner: config.planner,
    assignLabels: labels.assign,
    labelHeaders: config.labels.header === undefined ? [] : [config.labels.header.toLowerCase()],
    processPool: shared.processPool,
  });
  const identity = config.identity === undefined ? undefined : createIdentity(config.identity, () => new Date());

  let isStopping = false;
  const http = createListener(config);
  const connections = watchConnections(http.server);
  addRequestGuard(http, logger, () => isStopping);
  if (config.explorer.presetFile !== undefined) addHostGuard(http, config.host);
  addCors(http, config.cors.origins);
  addProbes(http, {
    engine,
    isStopping: () => isStopping,
    staleBecause: feed.staleBecause,
    reachableSubgraphs: () => reachability(endpointsOf(engine.supergraphInUse() ?? supergraph), transport.isReachable),
    metrics: registry,
  });
  if (tokens !== undefined) http.get("/.well-known/jwks.json", async () => tokens.publicKeys);
  const doors = await openDoor(http, config, {
    engine,
    endpoints,
    changes,
    upgraded: connections.spare,
    streamHeaders: createStreamHeaders(organisationNames(config), tokens),
    admit: createAdmission(identity, logger),
    passedCodes,
    logger,
    metrics,
  }).catch((cause: unknown) => {
    if (cause instanceof ConfigurationError) throw cause;
    throw new ConfigurationError(`${config.supergraph}: cannot be served: ${(cause as Error).message}`, { cause });
  });

  const inUse = engine.supergraphInUse() ?? supergraph;
  if (inUse !== supergraph) doors.live?.useEndpoints(endpointsOf(inUse));
  await feed.follow(inUse, (next) => goOver(next, engine, endpointsOf, doors.live));

  return {
    listen: () => http.listen({ host: config.host, port: config.port }),
    close: async () => {
      isStopping = true;
      await feed.stop();
      doors.live?.drain();
      const closed = http.close();
      connections.start();
      await closed;
      await doors.close();
      await engine.stop();
      labels.stop();
      await transport.close();
    },
    closeWithinMs: longestEnding(config, endpoints) + closingMarginMs,
  };
}
