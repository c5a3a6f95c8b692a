import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** Ends a server's connections at shutdown as soon as nothing is being answered on them. */
export interface ConnectionDrain {
  /** Closes every connection without a request in flight, now, and each other one after its answer. */
  readonly start: () => void;
  /** Spares a connection that has become another protocol's: whoever speaks it ends it. */
  readonly spare: (socket: Duplex) => void;
}

/**
 * Watches a server's connections. Node's own `closeIdleConnections` spares a connection on which no request was ever sent
 * (browsers and HTTP clients open such ones ahead of need), and `close` then waits minutes for it.
 */
export function watchConnections(server: Server): ConnectionDrain {
  const inFlight = new Map<Duplex, number>();
  let isDraining = false;

  function endSoon(socket: Duplex): void {
    (socket as Socket).destroySoon();
  }

  function change(socket: Duplex, by: number): void {
    const count = (inFlight.get(socket) ?? 0) + by;
    if (inFlight.has(socket)) inFlight.set(socket, count);
    // destroySoon lets the last bytes of the answer go out first.
    if (isDraining && count === 0) endSoon(socket);
  }
  server.on("connection", (socket: Socket) => {
    inFlight.set(socket, 0);
    socket.once("close", () => inFlight.delete(socket));
    if (isDraining) socket.destroySoon();
  });
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    change(socket, 1);
    response.once("close", () => change(socket, -1));
  });
  return {
    start: () => {
      isDraining = true;
      for (const [socket, count] of inFlight) if (count === 0) endSoon(socket);
    },
    spare: (socket) => change(socket, 1),
  };
}
