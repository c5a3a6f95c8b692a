import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";

/** Takes a request for another protocol: the request, its path without the search part, its connection, what came after. */
export type TakeUpgrade = (request: IncomingMessage, path: string, socket: Duplex, head: Buffer) => void;

/** Answers a request for another protocol with an HTTP status (and headers after it), and ends its connection. */
export function refuseUpgrade(socket: Duplex, status: string): void {
  // HTTP servers leave the other half open, and nobody else looks after the connection any more.
  socket.once("finish", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

/**
 * Hears a server's requests for another protocol. What a stranger sends must not end the process: nothing above an event
 * listener catches, so whatever throws here is answered 400.
 */
export function onUpgrade(server: Server, take: TakeUpgrade): void {
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    try {
      // Not read as a URL: "//" and "http://[" are none, and HTTP lets both pass.
      const [path = ""] = (request.url ?? "").split("?", 1);
      take(request, path, socket, head);
    } catch {
      refuseUpgrade(socket, "400 Bad Request");
    }
  });
}
