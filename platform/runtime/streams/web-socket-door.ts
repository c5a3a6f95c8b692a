import type { IncomingMessage, Server } from "node:http";
import { type FormattedExecutionResult, GraphQLError } from "graphql";
import { CloseCode, handleProtocols, makeServer, type ServerOptions } from "graphql-ws";
import { type WebSocket, WebSocketServer } from "ws";
import { correlationIdOf } from "../correlation.ts";
import type { Logger } from "../logger.ts";
import type { OrganisationTokenVerifier } from "../organisation-token.ts";
import type { SubgraphRequest } from "../subgraph-request.ts";
import type { ConnectionPatience } from "./event-stream-door.ts";
import { PacedSocket } from "./paced-socket.ts";
import type { Opened, StreamRoom } from "./stream-room.ts";
import { onUpgrade, refuseUpgrade } from "./upgrade.ts";

/** What sockets are served with. */
export interface WebSocketDoorSettings {
  readonly path: string;
  readonly tokens: OrganisationTokenVerifier;
  readonly room: StreamRoom;
  readonly patience: ConnectionPatience;
  readonly maxConnections: number;
  readonly logger: Logger;
}

/** Sockets of a server. */
export interface WebSocketDoor {
  /** Closes every socket with 1001; ends those that do not answer. */
  readonly close: () => void;
}

interface Connection {
  readonly socket: PacedSocket;
  /** Lets the next message be handled. */
  begun: () => void;
  readonly upgrade: IncomingMessage;
  request: SubgraphRequest | undefined;
  expiry: NodeJS.Timeout | undefined;
}

const longestFrameBytes = 262_144;
const goingAway = 1001;
const graceMs = 1_000;
const longestTimerMs = 2_147_483_647;

/** The token: in the first message, where browsers can put it, else in the header of the upgrade request. */
function authorizationOf({ upgrade }: Connection, payload: Readonly<Record<string, unknown>> | undefined) {
  const given = payload?.authorization ?? payload?.Authorization;
  return typeof given === "string" ? given : upgrade.headers.authorization;
}

/** Ends a socket that takes what is sent too slowly, or does not answer a ping. */
function watchPulse(socket: WebSocket, { heartbeatMs, stuckMs }: ConnectionPatience): void {
  let isAlive = true;
  let silentMs = 0;
  socket.on("pong", () => {
    isAlive = true;
  });
  const timer = setInterval(() => {
    // One that is not read now is cut when it does not take what was sent.
    silentMs = isAlive || socket.isPaused ? 0 : silentMs + heartbeatMs;
    if (silentMs >= stuckMs) socket.terminate();
    isAlive = false;
    if (socket.readyState === socket.OPEN) socket.ping();
  }, heartbeatMs);
  socket.once("close", () => clearInterval(timer));
}

/** Closes a socket a moment after its streams, which end with its token and say so. */
function endWithToken(socket: PacedSocket, expiresAt: Date): NodeJS.Timeout {
  const inMs = Math.max(0, expiresAt.getTime() - Date.now()) + graceMs;
  const end = () => socket.close(CloseCode.Unauthorized, "IDENTITY_EXPIRED");
  return setTimeout(end, Math.min(longestTimerMs, inMs)).unref();
}

function asErrors(opened: Opened & { kind: "refused" }): GraphQLError[] {
  return opened.errors.map(({ message, extensions }) => new GraphQLError(message, { extensions: { ...extensions } }));
}

function protocolOptions({
  tokens,
  room,
  logger,
}: WebSocketDoorSettings): ServerOptions<Record<string, unknown>, Connection> {
  return {
    onConnect: async ({ connectionParams, extra }) => {
      const correlationId = correlationIdOf(extra.upgrade.headers);
      try {
        const caller = await tokens.verify(authorizationOf(extra, connectionParams));
        if (extra.socket.isClosing) return true;
        extra.request = { caller, correlationId, logger: logger.child({ correlationId }) };
        extra.expiry = endWithToken(extra.socket, caller.expiresAt);
        return true;
      } catch (error) {
        if (!(error instanceof GraphQLError)) throw error;
        logger.warn({ correlationId, reason: error.message }, "a connection was refused");
        extra.socket.close(CloseCode.Unauthorized, "UNAUTHENTICATED");
        return false;
      }
    },
    onSubscribe: async ({ extra }, _id, payload) => {
      if (extra.request === undefined) throw new Error("the connection was not acknowledged");
      // A gateway asks for thousands of streams at once: none waits for another.
      extra.begun();
      const opened = await room.open(payload, extra.request);
      if (opened.kind === "refused") return asErrors(opened);
      const { document, operationName } = opened.operation;
      // Our own `subscribe` below hands out the stream; the protocol needs to see the document alone.
      return { schema: room.schema, document, operationName, rootValue: opened.stream, contextValue: undefined };
    },
    subscribe: ({ rootValue }) => rootValue as AsyncIterableIterator<never>,
    onNext: (_context, _id, _payload, _args, result) => result as FormattedExecutionResult as typeof result,
    onError: (_context, _id, _payload, errors) => errors.map((error) => error.toJSON()),
  };
}

/** Serves graphql-transport-ws on a path of an HTTP server. Source: GraphQL over WebSocket protocol (graphql-ws). */
export function openWebSocketDoor(http: Server, settings: WebSocketDoorSettings): WebSocketDoor {
  const { room, logger, patience } = settings;
  const protocol = makeServer(protocolOptions(settings));
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: longestFrameBytes,
    perMessageDeflate: false,
    handleProtocols,
    autoPong: false,
  });
  const all = new WeakMap<WebSocket, PacedSocket>();

  function serve(opened: WebSocket, upgrade: IncomingMessage): void {
    const ending: ((code: number, reason: string) => void)[] = [];
    const socket = new PacedSocket(opened, {
      stuckMs: patience.stuckMs,
      closing: (code, reason) => {
        for (const end of ending) end(code, reason);
      },
    });
    watchPulse(opened, patience);
    const connection: Connection = { socket, upgrade, begun: () => undefined, request: undefined, expiry: undefined };
    const closed = protocol.opened(
      {
        protocol: opened.protocol,
        send: (data) => socket.send(data),
        close: (code, reason) => socket.close(code ?? CloseCode.InternalServerError, reason ?? ""),
        onMessage: (take) =>
          socket.listen((text, begun) => {
            connection.begun = begun;
            return take(text).catch((error: unknown) => {
              logger.error({ err: error }, "a message could not be handled");
              socket.close(CloseCode.InternalServerError, "INTERNAL_SERVER_ERROR");
            });
          }),
      },
      connection,
    );
    ending.push((code, reason) => {
      clearTimeout(connection.expiry);
      closed(code, reason).catch((error: unknown) => logger.error({ err: error }, "a socket did not end well"));
    });
    all.set(opened, socket);
  }

  onUpgrade(http, (request, path, socket, head) => {
    if (path !== settings.path) refuseUpgrade(socket, "404 Not Found");
    else if (room.isDraining || sockets.clients.size >= settings.maxConnections) {
      refuseUpgrade(socket, "503 Service Unavailable");
    } else sockets.handleUpgrade(request, socket, head, serve);
  });
  return {
    close: () => {
      for (const socket of sockets.clients) all.get(socket)?.close(goingAway, "SUBSCRIBE_AGAIN");
    },
  };
}
