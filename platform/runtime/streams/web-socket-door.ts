import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { type FormattedExecutionResult, GraphQLError } from "graphql";
import { CloseCode, handleProtocols, makeServer, type ServerOptions } from "graphql-ws";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import { correlationIdOf } from "../correlation.ts";
import type { Logger } from "../logger.ts";
import type { OrganisationTokenVerifier } from "../organisation-token.ts";
import type { SubgraphRequest } from "../subgraph-request.ts";
import type { ConnectionPatience } from "./event-stream-door.ts";
import type { Opened, StreamRoom } from "./stream-room.ts";

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
  readonly socket: WebSocket;
  readonly upgrade: IncomingMessage;
  request?: SubgraphRequest;
}

const longestFrameBytes = 262_144;
const goingAway = 1001;
const closingMs = 1_000;
const longestTimerMs = 2_147_483_647;

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

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
    silentMs = isAlive ? 0 : silentMs + heartbeatMs;
    if (silentMs >= stuckMs) socket.terminate();
    isAlive = false;
    if (socket.readyState === socket.OPEN) socket.ping();
  }, heartbeatMs);
  socket.once("close", () => clearInterval(timer));
}

function closeSoon(socket: WebSocket, code: number, reason: string): void {
  socket.close(code, reason);
  // The other side may never answer the closing frame.
  setTimeout(() => socket.terminate(), closingMs).unref();
}

/** Closes a socket a moment after its streams, which end with its token and say so. */
function endWithToken(socket: WebSocket, expiresAt: Date): void {
  const inMs = Math.max(0, expiresAt.getTime() - Date.now()) + closingMs;
  const end = () => closeSoon(socket, CloseCode.Unauthorized, "IDENTITY_EXPIRED");
  const timer = setTimeout(end, Math.min(longestTimerMs, inMs));
  timer.unref();
  socket.once("close", () => clearTimeout(timer));
  if (socket.readyState === socket.CLOSED) clearTimeout(timer);
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
        extra.request = { caller, correlationId, logger: logger.child({ correlationId }) };
        endWithToken(extra.socket, caller.expiresAt);
        return true;
      } catch (error) {
        if (!(error instanceof GraphQLError)) throw error;
        logger.warn({ correlationId, reason: error.message }, "a connection was refused");
        closeSoon(extra.socket, CloseCode.Unauthorized, "UNAUTHENTICATED");
        return false;
      }
    },
    onSubscribe: async ({ extra }, _id, payload) => {
      if (extra.request === undefined) throw new Error("the connection was not acknowledged");
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
  });

  function serve(socket: WebSocket, upgrade: IncomingMessage): void {
    // A frame that is none: the library closes the socket with the code that says so.
    socket.on("error", (error) => logger.debug({ reason: error.message }, "a socket failed"));
    watchPulse(socket, patience);
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (data) => new Promise((resolve) => socket.send(data, () => resolve())),
        close: (code, reason) => closeSoon(socket, code ?? CloseCode.InternalServerError, reason ?? ""),
        onMessage: (take) =>
          socket.on("message", (data: RawData) => {
            take(String(data)).catch((error: unknown) => {
              logger.error({ err: error }, "a message could not be handled");
              closeSoon(socket, CloseCode.InternalServerError, "INTERNAL_SERVER_ERROR");
            });
          }),
      },
      { socket, upgrade },
    );
    socket.once("close", (code, reason) => {
      closed(code, String(reason)).catch((error: unknown) => logger.error({ err: error }, "a socket did not end well"));
    });
  }

  http.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    const path = request.url?.split("?")[0];
    if (path !== settings.path) refuseUpgrade(socket, "404 Not Found");
    else if (room.isDraining || sockets.clients.size >= settings.maxConnections) {
      refuseUpgrade(socket, "503 Service Unavailable");
    } else sockets.handleUpgrade(request, socket, head, serve);
  });
  return {
    close: () => {
      for (const socket of sockets.clients) closeSoon(socket, goingAway, "SUBSCRIBE_AGAIN");
    },
  };
}
