import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";

/** A subgraph that does not keep to the protocol. */
export interface Rogue {
  readonly url: string;
  /** Connections or requests that it was sent. */
  readonly asked: () => number;
  close(): Promise<void>;
}

/** Ends a server and whoever is connected. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Starts a server on a free port; answers its address as a subgraph. */
export function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`));
  });
}

/** A subgraph that answers every subscription with these bytes and then says nothing; undefined says nothing at all. */
export async function rogueSse(head: Record<string, string> | undefined, text = ""): Promise<Rogue> {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    if (head !== undefined) response.writeHead(200, head).write(text);
  });
  return { url: await listen(server), asked: () => asked, close: () => closeServer(server) };
}

/** A subgraph that takes a connection and sends these messages, whatever it is told. */
export async function rogueSocket(messages: readonly (string | Buffer)[]): Promise<Rogue> {
  let asked = 0;
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) => {
    asked += 1;
    socket.on("error", () => undefined);
    socket.on("message", (data) => {
      const { type, id } = JSON.parse(String(data)) as { type: string; id?: string };
      const wanted = type === "connection_init" ? messages.slice(0, 1) : messages.slice(1);
      for (const message of wanted) socket.send(String(message).replace("$ID", id ?? ""));
    });
  });
  return { url: await listen(server), asked: () => asked, close: () => closeServer(server) };
}
