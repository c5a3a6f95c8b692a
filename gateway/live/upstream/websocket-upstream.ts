import type { GraphQLFormattedError } from "graphql";
import { type Client, createClient } from "graphql-ws";
import { type ClientOptions, WebSocket } from "ws";
import { readEvent } from "../../transport/subgraph-answer.ts";
import { type FaultKind, SubgraphFault } from "../../transport/subgraph-fault.ts";
import type {
  OpenUpstream,
  UpstreamEnd,
  UpstreamEndpoint,
  UpstreamHandle,
  UpstreamLimits,
  UpstreamListener,
  UpstreamRequest,
} from "./upstream.ts";

/** Streams of one subgraph over graphql-transport-ws; streams with the same headers share a connection. */
export interface WebSocketUpstream {
  readonly open: OpenUpstream;
  /** Connections that are open or being opened. */
  readonly connections: () => number;
  readonly close: () => void;
}

// A subscription that follows another one at once finds the connection still open.
const idleCloseMs = 1_000;
const closingMs = 2_000;
const badFrameCode = 4004;
const noAcknowledgementCode = 4504;
const tooLargeCode = 1009;

// Headers that name a request, not who asks: one connection carries many.
const passingHeaders = new Set(["x-correlation-id", "content-type", "accept"]);

function connectionHeaders(headers: UpstreamRequest["headers"]): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !passingHeaders.has(name)));
}

/** The WebSocket class that the protocol's library opens: it can neither set headers nor bound a message itself. */
function socketClass(options: ClientOptions): new (address: string, protocols?: string) => WebSocket {
  return class extends WebSocket {
    constructor(address: string, protocols?: string) {
      super(address, protocols, options);
    }

    override close(code?: number, reason?: string): void {
      super.close(code, reason);
      // The other side may never answer the closing frame.
      setTimeout(() => this.terminate(), closingMs).unref();
    }
  };
}

interface CloseLike {
  readonly code: number;
  readonly reason: string;
}

function isCloseEvent(value: unknown): value is CloseLike {
  return typeof value === "object" && value !== null && "code" in value && typeof value.code === "number";
}

class Connection {
  readonly #client: Client;
  readonly #service: string;
  readonly #streams = new Set<SocketStream>();
  readonly #gone: () => void;
  #pongTimer: NodeJS.Timeout | undefined;
  #isGone = false;
  #problem: unknown;

  constructor(endpoint: UpstreamEndpoint, limits: UpstreamLimits, headers: Record<string, string>, gone: () => void) {
    this.#service = endpoint.service;
    this.#gone = gone;
    const heartbeatMs = Math.max(1_000, Math.floor(limits.silenceMs / 2));
    this.#client = createClient({
      url: endpoint.url,
      // Subgraphs read the token where their server gives it to them: in the upgrade request, or here.
      connectionParams: headers.authorization === undefined ? {} : { authorization: headers.authorization },
      webSocketImpl: socketClass({
        headers,
        maxPayload: limits.eventBytes,
        handshakeTimeout: endpoint.timeoutMs,
        perMessageDeflate: false,
        followRedirects: false,
      }),
      lazy: true,
      lazyCloseTimeout: idleCloseMs,
      connectionAckWaitTimeout: endpoint.timeoutMs,
      keepAlive: heartbeatMs,
      retryAttempts: 0,
      on: {
        connected: () => {
          for (const stream of this.#streams) stream.opened();
        },
        ping: (isReceived) => {
          if (!isReceived) this.#pongTimer = setTimeout(() => this.#client.terminate(), heartbeatMs);
        },
        pong: (isReceived) => {
          if (isReceived) clearTimeout(this.#pongTimer);
        },
        error: (error) => {
          this.#problem = error;
          this.#lose();
        },
        closed: (event) => {
          this.#problem ??= event;
          this.#lose();
        },
      },
    });
  }

  open({ body }: UpstreamRequest, listener: UpstreamListener): UpstreamHandle {
    const stream = new SocketStream(this.#service, listener, (ended) => this.#streams.delete(ended));
    this.#streams.add(stream);
    stream.begin(this.#client, JSON.parse(body) as { query: string; variables?: Record<string, unknown> });
    return stream;
  }

  close(): void {
    this.#leave();
    this.#client.terminate();
  }

  /** The library opens a new connection by itself when a server closes orderly; what was missed meanwhile must be told. */
  #lose(): void {
    this.#leave();
    const fault = this.#fault();
    for (const stream of [...this.#streams]) stream.lose(fault);
  }

  #leave(): void {
    clearTimeout(this.#pongTimer);
    if (this.#isGone) return;
    this.#isGone = true;
    this.#gone();
  }

  #fault(): SubgraphFault {
    const problem = this.#problem;
    const [kind, message] = this.#explain(problem);
    return new SubgraphFault(message, { service: this.#service, kind, mayHaveActed: false, cause: problem });
  }

  #explain(problem: unknown): readonly [FaultKind, string] {
    if (!isCloseEvent(problem)) {
      const message = String((problem as { message?: unknown } | null)?.message ?? "");
      if (/max payload size/i.test(message)) return ["bad-response", "sent an event larger than allowed"];
      // What the library cannot read as a message of the protocol it throws as an error of its own.
      return problem instanceof Error
        ? ["bad-response", "sent a message that is not the protocol's"]
        : ["unavailable", "the stream's connection failed"];
    }
    if (problem.code === tooLargeCode) return ["bad-response", "sent an event larger than allowed"];
    if (problem.code === badFrameCode) return ["bad-response", "sent a message that is not the protocol's"];
    if (problem.code === 4401 || problem.code === 4403) return ["refused", `refused the connection (${problem.code})`];
    if (problem.code === noAcknowledgementCode) return ["timeout", "did not acknowledge the connection in time"];
    return ["unavailable", `closed the stream's connection (${problem.code})`];
  }
}

class SocketStream implements UpstreamHandle {
  readonly #service: string;
  readonly #listener: UpstreamListener;
  readonly #ended: (stream: SocketStream) => void;
  #unsubscribe: (() => void) | undefined;
  #isOver = false;
  #isOpened = false;

  constructor(service: string, listener: UpstreamListener, ended: (stream: SocketStream) => void) {
    this.#service = service;
    this.#listener = listener;
    this.#ended = ended;
  }

  begin(client: Client, payload: { query: string; variables?: Record<string, unknown> }): void {
    this.#unsubscribe = client.subscribe(payload, {
      next: (result) => this.#next(result),
      error: (error) => this.#failed(error),
      complete: () => this.#end({ kind: "complete" }),
    });
  }

  readonly close = (): void => {
    if (this.#isOver) return;
    this.#finish();
  };

  /** The connection is there; the subscription goes out with it. */
  opened(): void {
    if (this.#isOver || this.#isOpened) return;
    this.#isOpened = true;
    this.#listener.opened();
  }

  lose(fault: SubgraphFault): void {
    this.#end({ kind: "fault", fault });
  }

  #next(result: unknown): void {
    if (this.#isOver) return;
    this.opened();
    try {
      // A thrown fault must not end the connection that others share.
      this.#listener.next(readEvent(this.#service, result));
    } catch (error) {
      if (!(error instanceof SubgraphFault)) throw error;
      this.lose(error);
    }
  }

  #failed(error: unknown): void {
    if (Array.isArray(error)) this.#end({ kind: "errors", errors: error as GraphQLFormattedError[] });
    else {
      const details = { service: this.#service, kind: "unavailable", mayHaveActed: false, cause: error } as const;
      this.lose(new SubgraphFault("the stream's connection failed", details));
    }
  }

  #end(end: UpstreamEnd): void {
    if (this.#isOver) return;
    this.#finish();
    this.#listener.ended(end);
  }

  #finish(): void {
    this.#isOver = true;
    this.#ended(this);
    this.#unsubscribe?.();
  }
}

/** Opens streams of one subgraph; a connection is opened with the first stream of its headers and closed after the last. */
export function createWebSocketUpstream(endpoint: UpstreamEndpoint, limits: UpstreamLimits): WebSocketUpstream {
  const connections = new Map<string, Connection>();
  return {
    open: (request, listener) => {
      const headers = connectionHeaders(request.headers);
      const key = JSON.stringify(Object.entries(headers).sort());
      let connection = connections.get(key);
      if (connection === undefined) {
        const made: Connection = new Connection(endpoint, limits, headers, () => {
          if (connections.get(key) === made) connections.delete(key);
        });
        connections.set(key, made);
        connection = made;
      }
      return connection.open(request, listener);
    },
    connections: () => connections.size,
    close: () => {
      for (const connection of [...connections.values()]) connection.close();
    },
  };
}
