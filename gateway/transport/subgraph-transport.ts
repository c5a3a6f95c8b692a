import { Pool } from "undici";
import { type Cancellation, ClientGone } from "../cancellation.ts";
import { ExchangeEnded, exchange } from "./exchange.ts";
import { readAnswer, type SubgraphAnswer } from "./subgraph-answer.ts";
import { type FaultKind, SubgraphFault } from "./subgraph-fault.ts";

/** Where a subgraph is and how long it may take. */
export interface SubgraphEndpoint {
  readonly service: string;
  readonly url: string;
  /** From sending to the last byte of the answer. */
  readonly timeoutMs: number;
  /** Longest answer; the bound for all where it is not set. */
  readonly responseBytes?: number | undefined;
}

/** One GraphQL request over HTTP. */
export interface SubgraphPost {
  /** Where it goes: the same service may have another address for requests that began with another supergraph. */
  readonly endpoint: SubgraphEndpoint;
  /** JSON text. */
  readonly body: string;
  /** All headers, in lower case; nothing is added but what HTTP itself needs. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether sending it twice changes nothing: only then a reset of an idle connection is answered by one more try. */
  readonly isQuery: boolean;
  /** Ends a query whose client has gone; never set for a mutation. */
  readonly cancellation?: Cancellation | undefined;
  /** Who asks, as far as what somebody changed must show in what the same one reads afterwards. All who are nobody are one. */
  readonly caller?: string;
  /** What else has happened before, and must show. */
  readonly readAfter?: string | undefined;
}

/** Sends requests to subgraphs over kept-alive connections, one pool for each subgraph and address. */
export interface SubgraphTransport {
  /** Rejects with SubgraphFault, or with ClientGone when it was cancelled. */
  readonly post: (request: SubgraphPost) => Promise<SubgraphAnswer>;
  /** Whether a TCP connection and an HTTP answer of any status can be had within a second. */
  readonly isReachable: (endpoint: SubgraphEndpoint) => Promise<boolean>;
  readonly close: () => Promise<void>;
}

/** Bounds for all subgraphs. */
export interface TransportLimits {
  readonly responseBytes: number;
  readonly connectionsPerSubgraph: number;
}

const connectTimeoutMs = 2_000;
const reachabilityTimeoutMs = 1_000;
// Below the 5 s after which Node's own servers close an idle connection, so that we rarely write into a closing one.
const keepAliveTimeoutMs = 4_000;
// What may not be sent twice goes over connections that were used just now: servers and proxies that close idle ones sooner
// than Node's do not say so in time, and such a request would end with its outcome unknown.
const unrepeatableKeepAliveMs = 1_000;

const neverSent = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);
const connectionLost = new Set(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);

interface Target {
  readonly pool: Pool;
  /** For what may not be sent twice. */
  readonly unrepeatable: Pool;
  readonly path: string;
}

function codesOf(error: unknown): readonly string[] {
  // Connecting to a name with several addresses fails with one error for all: look at each.
  if (error instanceof AggregateError) return error.errors.flatMap(codesOf);
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? [code] : [];
}

function toFault({ service, timeoutMs }: SubgraphEndpoint, error: unknown): SubgraphFault | ClientGone {
  const fault = (kind: FaultKind, mayHaveActed: boolean, message: string) =>
    new SubgraphFault(message, { service, kind, mayHaveActed, cause: error });
  if (error instanceof SubgraphFault) return error;
  if (error instanceof ExchangeEnded) {
    if (error.why === "cancelled") return new ClientGone();
    if (error.why === "expired") return fault("timeout", true, `no complete answer within ${timeoutMs} ms`);
    return fault("bad-response", true, "the answer is larger than allowed");
  }
  const codes = codesOf(error);
  const isUnsent = codes.length > 0 && codes.every((code) => neverSent.has(code));
  if (isUnsent) return fault("unavailable", false, `cannot be connected to (${codes[0]})`);
  return fault("unavailable", true, `the connection failed (${codes[0] ?? "unknown reason"})`);
}

function isLostConnection(error: unknown): boolean {
  return codesOf(error).some((code) => connectionLost.has(code));
}

async function post(target: Target, request: SubgraphPost, maximumBytes: number): Promise<SubgraphAnswer> {
  const { path } = target;
  const pool = request.isQuery ? target.pool : target.unrepeatable;
  const { endpoint, headers, body, cancellation } = request;
  const { timeoutMs } = endpoint;
  const startedAt = performance.now();
  const send = (leftMs: number) =>
    exchange(pool, { path, headers, body, timeoutMs: leftMs, maximumBytes, cancellation });
  try {
    const sent = send(timeoutMs);
    // The subgraph closed an idle connection just as we wrote to it. A mutation may have been read: never twice.
    const { status, text } = await (request.isQuery
      ? sent.catch((error: unknown) => {
          const leftMs = timeoutMs - (performance.now() - startedAt);
          if (leftMs <= 0 || !isLostConnection(error)) throw error;
          return send(leftMs);
        })
      : sent);
    return readAnswer(endpoint.service, status, text);
  } catch (error) {
    throw toFault(endpoint, error);
  }
}

async function isReachable(target: Target): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(reachabilityTimeoutMs);
    const { body } = await target.pool.request({ path: target.path, method: "GET", signal });
    await body.dump();
    return true;
  } catch {
    return false;
  }
}

function openTarget({ url }: SubgraphEndpoint, { connectionsPerSubgraph }: TransportLimits): Target {
  const { origin, pathname, search } = new URL(url);
  const open = (keepAlive: Pool.Options) =>
    new Pool(origin, {
      ...keepAlive,
      connections: connectionsPerSubgraph,
      connect: { timeout: connectTimeoutMs },
      // The deadline above covers headers and body together; undici's own would cut a slow but allowed answer.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  return {
    pool: open({ keepAliveTimeout: keepAliveTimeoutMs }),
    // The server's own hint is followed where it is shorter, never where it is longer.
    unrepeatable: open({ keepAliveTimeout: unrepeatableKeepAliveMs, keepAliveMaxTimeout: unrepeatableKeepAliveMs }),
    path: `${pathname}${search}`,
  };
}

function isIdle({ pool, unrepeatable }: Target): boolean {
  return [pool, unrepeatable].every(({ stats }) => stats.connected === 0 && stats.size === 0 && stats.queued === 0);
}

/** Makes the transport; a pool is opened by the first request to its address. */
export function createSubgraphTransport(limits: TransportLimits): SubgraphTransport {
  const targets = new Map<string, Target>();
  function targetOf(endpoint: SubgraphEndpoint): Target {
    const key = `${endpoint.service} ${endpoint.url}`;
    const present = targets.get(key);
    if (present !== undefined) return present;
    // Addresses come and go with supergraphs. One that nobody asks has closed its connections by itself; should a request
    // that began long ago still ask it, it is opened again.
    for (const [other, target] of targets) if (isIdle(target)) targets.delete(other);
    const target = openTarget(endpoint, limits);
    targets.set(key, target);
    return target;
  }
  return {
    post: (request) =>
      post(targetOf(request.endpoint), request, request.endpoint.responseBytes ?? limits.responseBytes),
    isReachable: (endpoint) => isReachable(targetOf(endpoint)),
    close: async () => {
      const pools = [...targets.values()].flatMap(({ pool, unrepeatable }) => [pool, unrepeatable]);
      await Promise.all(pools.map((pool) => pool.close()));
    },
  };
}
