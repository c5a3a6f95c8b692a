import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A way to a server that can be cut: connections on it end and new ones are refused until it is mended. */
export interface Detour {
  /** The same URL, by this way. */
  readonly by: (url: string) => string;
  readonly cut: () => Promise<void>;
  readonly mend: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Opens a way over loopback to whatever server the first URL names. */
export async function openDetour(): Promise<Detour> {
  const sockets = new Set<Socket>();
  let target = { host: "127.0.0.1", port: 0 };
  const server = createServer((incoming) => {
    const outgoing = connect(target.port, target.host);
    for (const [from, to] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  async function listen(port: number): Promise<void> {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  }
  await listen(0);
  const { port } = server.address() as AddressInfo;
  async function cut(): Promise<void> {
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  }
  return {
    by: (text) => {
      const url = new URL(text);
      target = { host: url.hostname, port: Number(url.port) };
      url.hostname = "127.0.0.1";
      url.port = String(port);
      return url.href;
    },
    cut,
    mend: () => listen(port),
    close: async () => {
      if (server.listening) await cut();
    },
  };
}
