import type { Duplex } from "node:stream";
import type { FastifyInstance } from "fastify";
import type { Logger } from "../../platform/runtime/logger.ts";
import type { Admit } from "../admission.ts";
import type { GatewayConfig } from "../config.ts";
import type { EngineVersion } from "../engine.ts";
import { addressOf, trustOf } from "../http/client-address.ts";
import type { GatewayMetrics } from "../metrics.ts";
import type { Operations } from "../operations/operations.ts";
import type { RequestContext } from "../request-context.ts";
import { upstreamEndpoints } from "../supergraph/subgraph-endpoints.ts";
import type { StreamHeaders } from "../transport/outgoing-headers.ts";
import type { SubgraphEndpoint } from "../transport/subgraph-transport.ts";
import { openMultipartDoor } from "./doors/multipart-door.ts";
import { openSocketDoor } from "./doors/socket-door.ts";
import { openStreamDoor } from "./doors/stream-door.ts";
import { Drain } from "./drain.ts";
import { Subscriptions } from "./subscriptions.ts";
import { createUpstreams } from "./upstream/upstreams.ts";

/** What the doors of streams are made of. */
export interface LiveParts {
  readonly operations: Operations;
  readonly versionInUse: () => EngineVersion | undefined;
  readonly endpoints: readonly SubgraphEndpoint[];
  readonly streamHeaders: (service: string, context: RequestContext) => Promise<StreamHeaders>;
  readonly admit: Admit;
  readonly passedCodes: ReadonlySet<string>;
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
  /** Told of each connection that has become a WebSocket's. */
  readonly upgraded: (socket: Duplex) => void;
}

/** Streams and deferred parts, beside the door of single answers. */
export interface Live {
  /** Takes over the endpoints of a new supergraph, before its schema is used. */
  readonly useEndpoints: (endpoints: readonly SubgraphEndpoint[]) => void;
  /** Lets running streams go over to the schema in use, or end. */
  readonly reload: () => Promise<void>;
  /** Ends streams one after another, each at a moment of its own within the time that configuration gives. */
  readonly drain: () => void;
  /** Ends what is left of subgraphs' streams. */
  readonly close: () => Promise<void>;
}

/** Opens the doors of streams (server-sent events, WebSocket, multipart) and of deferred parts. */
export function openLive(http: FastifyInstance, config: GatewayConfig, parts: LiveParts): Live {
  const { subscriptions: settings, subgraphs, limits, cors } = config;
  const { metrics, versionInUse, passedCodes, streamHeaders } = parts;
  const timeouts = new Map(parts.endpoints.map(({ service, timeoutMs }) => [service, timeoutMs]));
  const upstreams = createUpstreams(upstreamEndpoints(parts.endpoints, subgraphs), settings);
  const clockToleranceSeconds = config.identity?.clockToleranceSeconds ?? 0;
  // Where nobody can sign in, nothing is kept for those who do.
  const shareForUsers = config.identity === undefined ? 0 : settings.shareForUsers;
  const drain = new Drain(settings.drainMs, Math.random);
  const subscriptions = new Subscriptions({
    settings: {
      ...settings,
      shareForUsers,
      clockToleranceSeconds,
      firstEventMs: (service) => timeouts.get(service) ?? limits.subgraphTimeoutMs,
    },
    open: upstreams.open,
    streamHeaders,
    versionInUse,
    passedCodes,
    metrics,
    leaveLater: (leaving) => drain.later(leaving),
    nowMs: Date.now,
    random: Math.random,
  });
  const isTrusted = trustOf(config.trustedProxies);
  const { heartbeatMs, slowClientMs } = settings;
  const door = { ...parts, subscriptions, drain, heartbeatMs, slowClientMs };
  openMultipartDoor(http, door);
  openStreamDoor(http, { ...door, limits: settings });
  openSocketDoor(http.server, {
    ...door,
    messageBytes: limits.requestBytes,
    messagesPerSecond: settings.messagesPerSecond,
    limits: { ...settings, shareForUsers },
    addressOf: (request) => addressOf(request, isTrusted),
    operationsPerConnection: settings.streamsPerConnection,
    origins: cors.origins,
    clockToleranceSeconds,
  });
  metrics.observeStreams(() => subscriptions.counts);
  return {
    useEndpoints: (endpoints) => {
      for (const { service, timeoutMs } of endpoints) timeouts.set(service, timeoutMs);
      upstreams.use(upstreamEndpoints(endpoints, subgraphs));
    },
    reload: () => subscriptions.reload(),
    drain: () => drain.start(),
    close: () => upstreams.close(),
  };
}
