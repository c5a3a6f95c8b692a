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
  readonly service: string;
  /** JSON text. */
  readonly body: string;
  /** All headers, in lower case; nothing is added but what HTTP itself needs. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether sending it twice changes nothing: only then a reset of an idle connection is answered by one more try. */
  readonly isQuery: boolean;
  /** Ends a query whose client has gone; never set for a mutation. */
  readonly cancellation?: Cancellation | undefined;
}

/** Sends requests to subgraphs over kept-alive connections, one pool for each subgraph. */
export interface SubgraphTransport {
  /** Rejects with SubgraphFault, or with ClientGone when it was cancelled. */
  readonly post: (request: SubgraphPost) => Promise<SubgraphAnswer>;
  /** Whether a TCP connection and an HTTP answer of any status can be had within a second. */
  readonly isReachable: (service: string) => Promise<boolean>;
  /** Takes over the endpoints of a new supergraph. Requests under way end where they began. */
  readonly use: (endpoints: Iterable<SubgraphEndpoint>) => void;
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
  readonly endpoint: SubgraphEndpoint;
  readonly responseBytes: number;
  readonly pool: Pool;
  readonly path: string;
}

function codesOf(error: unknown): readonly string[] {
  // Connecting to a name with several addresses fails with one error for all: look at each.
  if (error instanceof AggregateError) return error.errors.flatMap(codesOf);
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? [code] : [];
}

function toFault(target: Target, error: unknown): SubgraphFault | ClientGone {
  const { service, timeoutMs } = target.endpoint;
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

async function post(target: Target, request: SubgraphPost): Promise<SubgraphAnswer> {
  const { endpoint, pool, path, responseBytes } = target;
  const { timeoutMs } = endpoint;
  const { headers, body, cancellation } = request;
  const startedAt = performance.now();
  const send = (leftMs: number) =>
    exchange(pool, { path, headers, body, timeoutMs: leftMs, maximumBytes: responseBytes, cancellation });
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
    throw toFault(target, error);
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

function openTarget(endpoint: SubgraphEndpoint, limits: TransportLimits): Target {
  const url = new URL(endpoint.url);
  const pool = new Pool(url.origin, {
    connections: limits.connectionsPerSubgraph,
    connect: { timeout: connectTimeoutMs },
    keepAliveTimeout: keepAliveTimeoutMs,
    // The deadline above covers headers and body together; undici's own would cut a slow but allowed answer.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const responseBytes = endpoint.responseBytes ?? limits.responseBytes;
  return { endpoint, pool, path: `${url.pathname}${url.search}`, responseBytes };
}

function isSame(a: SubgraphEndpoint, b: SubgraphEndpoint): boolean {
  return a.url === b.url && a.timeoutMs === b.timeoutMs && a.responseBytes === b.responseBytes;
}

/** Opens a pool for each endpoint; nothing is connected before the first request. */
export function createSubgraphTransport(
  endpoints: Iterable<SubgraphEndpoint>,
  limits: TransportLimits,
): SubgraphTransport {
  const targets = new Map<string, Target>();
  function use(wanted: Iterable<SubgraphEndpoint>): void {
    for (const endpoint of wanted) {
      const present = targets.get(endpoint.service);
      if (present !== undefined && isSame(present.endpoint, endpoint)) continue;
      targets.set(endpoint.service, openTarget(endpoint, limits));
      // Closing waits for what is under way. A subgraph that left stays: plans of requests in flight may still ask it.
      void present?.pool.close();
    }
  }
  function targetOf(service: string): Target {
    const target = targets.get(service);
    if (target === undefined)
      throw new Error(`the plan asks the subgraph ${service}, which the supergraph does not have`);
    return target;
  }
  use(endpoints);
  return {
    post: (request) => post(targetOf(request.service), request),
    isReachable: (service) => isReachable(targetOf(service)),
    use,
    close: async () => {
      await Promise.all([...targets.values()].map(({ pool }) => pool.close()));
    },
  };
}
