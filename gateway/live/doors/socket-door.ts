import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { type ExecutionArgs, type ExecutionResult, GraphQLError } from "graphql";
import { CloseCode, type Context, handleProtocols, MessageType, makeServer, type ServerOptions } from "graphql-ws";
import { type WebSocket, WebSocketServer } from "ws";
import { correlationIdOf } from "../../../platform/runtime/correlation.ts";
import { type MessageAllowance, PacedSocket, weightOf } from "../../../platform/runtime/streams/paced-socket.ts";
import { onUpgrade, refuseUpgrade } from "../../../platform/runtime/streams/upgrade.ts";
import { readOperationRequest } from "../../operations/operation-request.ts";
import type { PreparedOperation } from "../../operations/prepare-operation.ts";
import type { RequestContext } from "../../request-context.ts";
import { type ConnectionLimits, OpenConnections, type Place } from "../connection-limits.ts";
import type { ConnectionCount } from "../stream-limits.ts";
import { endError } from "../subscriptions.ts";
import { headerReader, type LiveDoorParts, maskErrors } from "./door-parts.ts";
import { refusedStream, SocketStream, toErrors } from "./socket-stream.ts";

/** What the door needs beside the other doors. */
export interface SocketDoorParts extends LiveDoorParts {
  readonly messageBytes: number;
  readonly messagesPerSecond: number;
  readonly limits: ConnectionLimits;
  /** Operations of any kind that may run on one connection. */
  readonly operationsPerConnection: number;
  /** Origins whose pages may connect; a page of the gateway's own host always may. */
  readonly origins: readonly string[];
  readonly clockToleranceSeconds: number;
  readonly addressOf: (request: IncomingMessage) => string;
  /** Told of each connection that has become a WebSocket's. */
  readonly upgraded: (socket: Duplex) => void;
}

/** The door, which stands beside the HTTP server. */
export interface SocketDoor {
  /** Connections that are open. */
  readonly connections: () => number;
}

const initialisationMs = 5_000;
const restartCode = 1012;
const tryLaterCode = 1013;
const longestEchoBytes = 128;
// Node's timers count in 32 bits.
const longestTimerMs = 2 ** 31 - 1;

/** One message on its way through the library. */
interface Turn {
  /** Lets the next message be handled. */
  readonly begun: () => void;
  /** What is to be done when all that the message has brought about was sent. */
  readonly after: (() => void)[];
}

interface Extra {
  readonly socket: PacedSocket;
  readonly request: IncomingMessage;
  readonly address: string;
  readonly place: Place;
  readonly connection: ConnectionCount;
  readonly correlationId: string;
  /** The message that is being handled: one at a time. */
  turn: Turn;
  /** Set once the client is let in, until the connection begins to close. */
  context: RequestContext | undefined;
  expiry: NodeJS.Timeout | undefined;
}

type SocketContext = Context<Record<string, unknown>, Extra>;

/** What the library hands from one call-back to the next: our operation in the place of a schema and its arguments. */
interface Arguments extends ExecutionArgs {
  readonly contextValue: {
    readonly prepared: PreparedOperation;
    readonly context: RequestContext;
    readonly extra: Extra;
    readonly turn: Turn;
  };
}

function authorizationOf({ connectionParams, extra }: SocketContext): string | undefined {
  const nested = connectionParams?.headers;
  const given = [connectionParams, nested].flatMap((value) => {
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([name, one]) => (name.toLowerCase() === "authorization" ? [one] : []));
  });
  const [first = extra.request.headers.authorization] = given;
  if (first === undefined || first === null) return undefined;
  // What is no text is no token either; without one the caller would be anonymous.
  return typeof first === "string" ? first : "";
}

function hasEnded({ principal }: RequestContext, clockToleranceSeconds: number): boolean {
  return principal.kind === "user" && (principal.expiresAt + clockToleranceSeconds) * 1000 <= Date.now();
}

/** A short payload is sent back, by which clients measure the way; a long one would make us hold what others send. */
function pongText(payload: unknown): string {
  const text = payload === undefined ? undefined : JSON.stringify(payload);
  const isEchoed = text !== undefined && Buffer.byteLength(text) <= longestEchoBytes;
  return isEchoed ? `{"type":"${MessageType.Pong}","payload":${text}}` : `{"type":"${MessageType.Pong}"}`;
}

/** Operations over WebSocket: graphql-transport-ws, as the library keeps to it. */
class Sockets implements SocketDoor {
  readonly #parts: SocketDoorParts;
  readonly #server: WebSocketServer;
  readonly #protocol: ReturnType<typeof makeServer<Record<string, unknown>, Extra>>;
  readonly #places: OpenConnections;
  readonly #messages: MessageAllowance;
  readonly #alive = new WeakSet<WebSocket>();

  constructor(parts: SocketDoorParts) {
    this.#parts = parts;
    this.#places = new OpenConnections(parts.limits);
    // Who comes back may ask at once for all that it had, and say that it wants none of it; or send the largest message.
    const atOnce = Math.max(2 * parts.operationsPerConnection, weightOf(parts.messageBytes)) + parts.messagesPerSecond;
    this.#messages = { atOnce, perSecond: parts.messagesPerSecond };
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: parts.messageBytes,
      handleProtocols,
      perMessageDeflate: false,
      clientTracking: true,
      autoPong: false,
    });
    this.#protocol = makeServer(this.#options());
    setInterval(() => this.#beat(), parts.heartbeatMs).unref();
  }

  readonly connections = (): number => this.#places.total;

  upgrade(request: IncomingMessage, path: string, socket: Duplex, head: Buffer): void {
    if (path !== "/graphql" && path !== "/graphql/stream") refuseUpgrade(socket, "404 Not Found");
    else if (!this.#isKnownOrigin(request)) refuseUpgrade(socket, "403 Forbidden");
    else if (this.#parts.drain.isStopping) this.#turnAway(socket, "503 Service Unavailable");
    else this.#seat(request, socket, head);
  }

  #seat(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const address = this.#parts.addressOf(request);
    const place = this.#places.enter(address);
    if (place === "full") this.#turnAway(socket, "503 Service Unavailable");
    else if (place === "address-full") this.#turnAway(socket, "429 Too Many Requests");
    else {
      socket.once("close", place.leave);
      this.#parts.upgraded(socket);
      this.#server.handleUpgrade(request, socket, head, (opened) => this.#opened(opened, request, address, place));
    }
  }

  #turnAway(socket: Duplex, status: string): void {
    const seconds = Math.ceil(this.#parts.drain.retryMs() / 1000);
    refuseUpgrade(socket, `${status}\r\nretry-after: ${seconds}`);
  }

  /** Browsers send their page's origin with every connection and ask nobody before: only pages that may call may connect. */
  #isKnownOrigin({ headers: { origin, host } }: IncomingMessage): boolean {
    if (origin === undefined) return true;
    if (this.#parts.origins.includes("*") || this.#parts.origins.includes(origin)) return true;
    return URL.canParse(origin) && new URL(origin).host === host;
  }

  #opened(opened: WebSocket, request: IncomingMessage, address: string, place: Place): void {
    const correlationId = correlationIdOf(request.headers);
    const { drain, slowClientMs } = this.#parts;
    const ending: ((code: number, reason: string) => void)[] = [];
    const socket = new PacedSocket(opened, {
      stuckMs: slowClientMs,
      messages: this.#messages,
      closing: (code, reason) => {
        for (const end of ending) end(code, reason);
      },
    });
    const extra: Extra = {
      socket,
      request,
      address,
      place,
      connection: { streams: 0 },
      correlationId,
      turn: { begun: () => undefined, after: [] },
      context: undefined,
      expiry: undefined,
    };
    const stay = drain.add({ leave: () => socket.close(restartCode, "the gateway is stopping") });
    this.#alive.add(opened);
    opened.on("pong", () => this.#alive.add(opened));
    const closed = this.#protocol.opened(
      {
        protocol: opened.protocol,
        send: (text) => socket.send(text),
        close: (code, reason) => socket.close(code ?? CloseCode.InternalServerError, reason ?? ""),
        onMessage: (take) => socket.listen((text, begun) => this.#take(take, text, begun, extra)),
        onPing: (payload) => socket.send(pongText(payload)),
      },
      extra,
    );
    ending.push((code, reason) => {
      stay();
      clearTimeout(extra.expiry);
      extra.context = undefined;
      void closed(code, reason);
    });
  }

  async #take(take: (text: string) => Promise<void>, text: string, begun: () => void, extra: Extra): Promise<void> {
    const { socket, context, correlationId } = extra;
    const turn: Turn = { begun, after: [] };
    extra.turn = turn;
    try {
      await take(text);
    } catch (err) {
      const logger = context?.logger ?? this.#parts.logger;
      logger.error({ err, correlationId }, "a WebSocket message could not be answered");
      socket.close(CloseCode.InternalServerError, "internal error");
    } finally {
      for (const done of turn.after) done();
    }
  }

  /** Whoever has not answered the last ping is gone; of one that is not read now, what waits to be sent will tell. */
  #beat(): void {
    for (const socket of this.#server.clients) {
      if (!this.#alive.delete(socket) && !socket.isPaused) socket.terminate();
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
      const context = await this.#parts.admit({ ...headers, authorization }, extra.correlationId);
      if (extra.socket.isClosing) return true;
      if (!extra.place.settle(context.principal)) {
        extra.socket.close(tryLaterCode, "TOO_MANY_CONNECTIONS");
        return true;
      }
      extra.context = context;
      this.#closeWithToken(extra, context);
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      const { code } = error.extensions;
      // A client library connects again after 4403, with a new token if it has one, and after 1013 by and by.
      extra.socket.close(code === "IDENTITY_UNAVAILABLE" ? tryLaterCode : CloseCode.Forbidden, String(code));
    }
    // Also when it is closed: what the library then sends, or would close with, is dropped.
    return true;
  }

  #closeWithToken(extra: Extra, { principal }: RequestContext): void {
    if (principal.kind !== "user") return;
    const inMs = (principal.expiresAt + this.#parts.clockToleranceSeconds) * 1000 - Date.now();
    const end = () => extra.socket.close(CloseCode.Forbidden, "IDENTITY_EXPIRED");
    // Before the streams end by themselves: client libraries subscribe again when the connection ends, not after an error.
    extra.expiry = setTimeout(end, Math.min(longestTimerMs, Math.max(0, inMs - 200)));
    extra.expiry.unref();
  }

  #prepare({ extra }: SocketContext, payload: unknown): Arguments | readonly GraphQLError[] {
    const { context, turn } = extra;
    if (context === undefined) throw new Error("a client subscribes that was not let in");
    const refuse = (errors: readonly GraphQLError[]) => toErrors(maskErrors(errors, this.#parts, context));
    // The timer may be late when the process is busy.
    if (hasEnded(context, this.#parts.clockToleranceSeconds)) {
      extra.socket.close(CloseCode.Forbidden, "IDENTITY_EXPIRED");
      return refuse([endError("IDENTITY_EXPIRED", context.correlationId)]);
    }
    try {
      const preparation = this.#parts.operations.prepare(readOperationRequest(payload), () => undefined);
      if ("refused" in preparation) return refuse(preparation.refused);
      const { prepared } = preparation;
      const { version, document, operation } = prepared;
      // One operation alone, for the library to tell its kind by.
      const operationName = operation.name?.value ?? null;
      return { schema: version.schema, document, operationName, contextValue: { prepared, context, extra, turn } };
    } catch (error) {
      if (error instanceof GraphQLError) return refuse([error]);
      throw error;
    }
  }

  async #execute({ contextValue: { prepared, context, extra, turn } }: Arguments): Promise<ExecutionResult> {
    const { connection } = extra;
    if (connection.streams >= this.#parts.operationsPerConnection) {
      const busy = endError("TOO_MANY_STREAMS", context.correlationId);
      return { errors: toErrors(maskErrors([busy], this.#parts, context)) };
    }
    connection.streams += 1;
    // Until its answer was sent: answers that nobody reads are held here.
    turn.after.push(() => {
      connection.streams -= 1;
    });
    turn.begun();
    const header = headerReader(extra.request.headers);
    const { result } = await this.#parts.operations.run(prepared, { context, header });
    const { errors = [], ...rest } = result;
    return errors.length === 0 ? rest : { ...rest, errors: toErrors(errors) };
  }

  async #subscribe({ contextValue }: Arguments): Promise<AsyncIterable<ExecutionResult>> {
    const { prepared, context, extra, turn } = contextValue;
    const { address, connection } = extra;
    const header = headerReader(extra.request.headers);
    const before = connection.streams;
    const starting = this.#parts.subscriptions.subscribe(prepared, { context, header, owner: { address, connection } });
    // One that was not even counted is refused, and its refusal must be received before the next message is handled.
    if (connection.streams > before) turn.begun();
    const started = await starting;
    if ("stream" in started) return new SocketStream(started.stream, this.#parts, context);
    const [first] = toErrors(maskErrors(started.refused, this.#parts, context));
    return refusedStream(first ?? new Error("a subscription was refused without a reason"));
  }
}

/** Opens the door at /graphql for WebSocket connections. */
export function openSocketDoor(server: Server, parts: SocketDoorParts): SocketDoor {
  const sockets = new Sockets(parts);
  onUpgrade(server, (request, path, socket, head) => sockets.upgrade(request, path, socket, head));
  return sockets;
}
