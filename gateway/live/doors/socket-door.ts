import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { type ExecutionArgs, type ExecutionResult, GraphQLError, type GraphQLFormattedError } from "graphql";
import { CloseCode, type Context, handleProtocols, makeServer, type ServerOptions } from "graphql-ws";
import { type WebSocket, WebSocketServer } from "ws";
import { correlationIdOf } from "../../../platform/runtime/correlation.ts";
import { readOperationRequest } from "../../operations/operation-request.ts";
import type { PreparedOperation } from "../../operations/prepare-operation.ts";
import type { RequestContext } from "../../request-context.ts";
import type { ConnectionCount } from "../stream-limits.ts";
import { type ClientStream, endError } from "../subscriptions.ts";
import { headerReader, type LiveDoorParts, maskErrors, maskResult } from "./door-parts.ts";

/** What the door needs beside the other doors. */
export interface SocketDoorParts extends LiveDoorParts {
  readonly messageBytes: number;
  readonly connections: number;
  /** Operations of any kind that may run on one connection. */
  readonly operationsPerConnection: number;
  /** Origins whose pages may connect; a page of the gateway's own host always may. */
  readonly origins: readonly string[];
  readonly clockToleranceSeconds: number;
  /** Told of each connection that has become a WebSocket's. */
  readonly upgraded: (socket: Duplex) => void;
}

/** The door, which stands beside the HTTP server. */
export interface SocketDoor {
  /** Connections that are open. */
  readonly connections: () => number;
}

const initialisationMs = 5_000;
const closingMs = 2_000;
const restartCode = 1012;
const tryLaterCode = 1013;
// Node's timers count in 32 bits.
const longestTimerMs = 2 ** 31 - 1;

interface Extra {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  readonly connection: ConnectionCount;
  readonly correlationId: string;
  /** Set once the client is let in. */
  context?: RequestContext;
  expiry?: NodeJS.Timeout;
}

type SocketContext = Context<Record<string, unknown>, Extra>;

/** What the library hands from one call-back to the next: our operation in the place of a schema and its arguments. */
interface Arguments extends ExecutionArgs {
  readonly contextValue: {
    readonly prepared: PreparedOperation;
    readonly context: RequestContext;
    readonly extra: Extra;
  };
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

/** A mask of ours has been applied; the library only needs objects of its class. */
function toErrors(errors: readonly GraphQLFormattedError[]): readonly GraphQLError[] {
  return errors.map(({ message, path, extensions }) => {
    return new GraphQLError(message, {
      ...(path === undefined ? {} : { path }),
      ...(extensions === undefined ? {} : { extensions }),
    });
  });
}

function authorizationOf({ connectionParams, extra }: SocketContext): string | undefined {
  const nested = connectionParams?.headers;
  const given = [connectionParams, nested].flatMap((value) => {
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([name, one]) => (name.toLowerCase() === "authorization" ? [one] : []));
  });
  const [first = extra.request.headers.authorization] = given;
  return first === undefined || first === null ? undefined : String(first);
}

/**
 * A client's stream as the library reads it. Not a generator: ending one waits until its next value has come, and a silent
 * stream has none.
 */
class SocketStream implements AsyncGenerator<ExecutionResult, void, void> {
  readonly #stream: ClientStream;
  readonly #parts: LiveDoorParts;
  readonly #context: RequestContext;

  constructor(stream: ClientStream, parts: LiveDoorParts, context: RequestContext) {
    this.#stream = stream;
    this.#parts = parts;
    this.#context = context;
  }

  async next(): Promise<IteratorResult<ExecutionResult, void>> {
    const item = await this.#stream.take();
    if (item.kind === "answer") {
      const { errors = [], ...rest } = maskResult(item.result, "subscription", this.#parts, this.#context);
      return { done: false, value: errors.length === 0 ? rest : { ...rest, errors: toErrors(errors) } };
    }
    const [first] = toErrors(maskErrors(item.errors, this.#parts, this.#context));
    // The library sends what is thrown as the operation's `error`.
    if (first !== undefined) throw first;
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<ExecutionResult, void>> {
    this.#stream.close();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<ExecutionResult, void>> {
    this.#stream.close();
    throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stream.close();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** What the library makes the operation's `error` of; were it thrown at once, the whole connection would end. */
function refusedStream(error: Error): AsyncIterable<ExecutionResult> {
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) };
}

/** Operations over WebSocket: graphql-transport-ws, as the library keeps to it. */
class Sockets implements SocketDoor {
  readonly #parts: SocketDoorParts;
  readonly #server: WebSocketServer;
  readonly #protocol: ReturnType<typeof makeServer<Record<string, unknown>, Extra>>;
  readonly #alive = new WeakSet<WebSocket>();

  constructor(parts: SocketDoorParts) {
    this.#parts = parts;
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: parts.messageBytes,
      handleProtocols,
      perMessageDeflate: false,
      clientTracking: true,
    });
    this.#protocol = makeServer(this.#options());
    setInterval(() => this.#beat(), parts.heartbeatMs).unref();
  }

  readonly connections = (): number => this.#server.clients.size;

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    const { pathname } = new URL(request.url ?? "/", "http://gateway");
    if (pathname !== "/graphql" && pathname !== "/graphql/stream") refuseUpgrade(socket, "404 Not Found");
    else if (!this.#isKnownOrigin(request)) refuseUpgrade(socket, "403 Forbidden");
    else if (this.#parts.drain.isStopping || this.#server.clients.size >= this.#parts.connections) {
      const seconds = Math.ceil(this.#parts.drain.retryMs() / 1000);
      refuseUpgrade(socket, `503 Service Unavailable\r\nretry-after: ${seconds}`);
    } else {
      this.#parts.upgraded(socket);
      this.#server.handleUpgrade(request, socket, head, (opened) => this.#opened(opened, request));
    }
  }

  /** Browsers send their page's origin with every connection and ask nobody before: only pages that may call may connect. */
  #isKnownOrigin({ headers: { origin, host } }: IncomingMessage): boolean {
    if (origin === undefined) return true;
    if (this.#parts.origins.includes("*") || this.#parts.origins.includes(origin)) return true;
    return URL.canParse(origin) && new URL(origin).host === host;
  }

  #opened(socket: WebSocket, request: IncomingMessage): void {
    const correlationId = correlationIdOf(request.headers);
    const extra: Extra = { socket, request, connection: { streams: 0 }, correlationId };
    const stay = this.#parts.drain.add({ leave: () => this.#close(socket, restartCode, "the gateway is stopping") });
    this.#alive.add(socket);
    socket.on("pong", () => this.#alive.add(socket));
    // Too large or malformed frames: the library below has chosen the code and closes by itself.
    socket.on("error", () => this.#terminateSoon(socket));
    const closed = this.#protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => this.#send(socket, text),
        close: (code, reason) => this.#close(socket, code ?? CloseCode.InternalServerError, reason ?? ""),
        onMessage: (take) => socket.on("message", (data) => void this.#take(take, String(data), extra)),
      },
      extra,
    );
    socket.once("close", (code, reason) => {
      stay();
      clearTimeout(extra.expiry);
      void closed(code, String(reason));
    });
  }

  async #take(
    take: (text: string) => Promise<void>,
    text: string,
    { socket, context, correlationId }: Extra,
  ): Promise<void> {
    try {
      await take(text);
    } catch (err) {
      const logger = context?.logger ?? this.#parts.logger;
      logger.error({ err, correlationId }, "a WebSocket message could not be answered");
      this.#close(socket, CloseCode.InternalServerError, "internal error");
    }
  }

  /** Resolves when the network has taken the text: so a client that does not read is not written ahead of. */
  #send(socket: WebSocket, text: string): Promise<void> {
    if (socket.readyState !== socket.OPEN) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => socket.terminate(), this.#parts.slowClientMs);
      socket.send(text, () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #close(socket: WebSocket, code: number, reason: string): void {
    socket.close(code, reason);
    this.#terminateSoon(socket);
  }

  #terminateSoon(socket: WebSocket): void {
    setTimeout(() => socket.terminate(), closingMs).unref();
  }

  /** Whoever has not answered the last ping is gone. */
  #beat(): void {
    for (const socket of this.#server.clients) {
      if (!this.#alive.delete(socket)) socket.terminate();
      else if (socket.readyState === socket.OPEN) socket.ping();
    }
  }

  #options(): ServerOptions<Record<string, unknown>, Extra> {
    return {
      connectionInitWaitTimeout: initialisationMs,
      onConnect: (context) => this.#connect(context),
      onSubscribe: (context, _id, payload) => this.#prepare(context, payload),
      subscribe: (args) => this.#subscribe(args as Arguments),
      execute: (args) => this.#execute(args as Arguments),
    };
  }

  async #connect(socketContext: SocketContext): Promise<boolean> {
    const { extra } = socketContext;
    const { headers } = extra.request;
    try {
      const authorization = authorizationOf(socketContext);
      extra.context = await this.#parts.admit({ ...headers, authorization }, extra.correlationId);
      this.#closeWithToken(extra, extra.context);
      return true;
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      const { code } = error.extensions;
      // A client library connects again after 4403, with a new token if it has one, and after 1013 by and by.
      if (code === "IDENTITY_UNAVAILABLE") this.#close(extra.socket, tryLaterCode, String(code));
      else this.#close(extra.socket, CloseCode.Forbidden, String(code));
      return true;
    }
  }

  #closeWithToken(extra: Extra, { principal }: RequestContext): void {
    if (principal.kind !== "user") return;
    const inMs = (principal.expiresAt + this.#parts.clockToleranceSeconds) * 1000 - Date.now();
    const end = () => this.#close(extra.socket, CloseCode.Forbidden, "IDENTITY_EXPIRED");
    // Before the streams end by themselves: client libraries subscribe again when the connection ends, not after an error.
    extra.expiry = setTimeout(end, Math.min(longestTimerMs, Math.max(0, inMs - 200)));
    extra.expiry.unref();
  }

  #prepare({ extra }: SocketContext, payload: unknown): Arguments | readonly GraphQLError[] {
    const { context } = extra;
    if (context === undefined) throw new Error("a client subscribes that was not let in");
    const refuse = (errors: readonly GraphQLError[]) => toErrors(maskErrors(errors, this.#parts, context));
    try {
      const preparation = this.#parts.operations.prepare(readOperationRequest(payload), () => undefined);
      if ("refused" in preparation) return refuse(preparation.refused);
      const { prepared } = preparation;
      const { version, document, operation } = prepared;
      // One operation alone, for the library to tell its kind by.
      const operationName = operation.name?.value ?? null;
      return { schema: version.schema, document, operationName, contextValue: { prepared, context, extra } };
    } catch (error) {
      if (error instanceof GraphQLError) return refuse([error]);
      throw error;
    }
  }

  async #execute({ contextValue: { prepared, context, extra } }: Arguments): Promise<ExecutionResult> {
    const { connection } = extra;
    if (connection.streams >= this.#parts.operationsPerConnection) {
      const busy = endError("TOO_MANY_STREAMS", context.correlationId);
      return { errors: toErrors(maskErrors([busy], this.#parts, context)) };
    }
    connection.streams += 1;
    const header = headerReader(extra.request.headers);
    const { result } = await this.#parts.operations.run(prepared, { context, header });
    connection.streams -= 1;
    const { errors = [], ...rest } = result;
    return errors.length === 0 ? rest : { ...rest, errors: toErrors(errors) };
  }

  async #subscribe({ contextValue }: Arguments): Promise<AsyncIterable<ExecutionResult>> {
    const { prepared, context, extra } = contextValue;
    const owner = { address: extra.request.socket.remoteAddress ?? "", connection: extra.connection };
    const header = headerReader(extra.request.headers);
    const started = await this.#parts.subscriptions.subscribe(prepared, { context, header, owner });
    if ("stream" in started) return new SocketStream(started.stream, this.#parts, context);
    const [first] = toErrors(maskErrors(started.refused, this.#parts, context));
    return refusedStream(first ?? new Error("a subscription was refused without a reason"));
  }
}

/** Opens the door at /graphql for WebSocket connections. */
export function openSocketDoor(server: Server, parts: SocketDoorParts): SocketDoor {
  const sockets = new Sockets(parts);
  server.on("upgrade", (request, socket, head) => sockets.upgrade(request, socket, head));
  return sockets;
}
