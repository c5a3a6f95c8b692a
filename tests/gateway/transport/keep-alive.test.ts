import { createServer, type Server } from "node:http";
import type { Socket } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import { createSubgraphTransport, type SubgraphTransport } from "../../../gateway/transport/subgraph-transport.ts";
import { closeServer, listen } from "../support/rogue-subgraph.ts";
import { eventually } from "../support/test-gateway.ts";

// Subgraphs that close kept-alive connections without a word.

let server: Server;
let transport: SubgraphTransport;
const sockets = new Set<Socket>();

afterEach(async () => {
  await transport.close();
  await closeServer(server);
  sockets.clear();
});

/** Starts a subgraph that promises nothing about its connections; `answered` gets the connection after each answer. */
async function start(answered: (socket: Socket) => void) {
  server = createServer((request, response) => {
    sockets.add(request.socket);
    request.resume();
    // Written by hand: Node's own answer would say how long the connection is kept.
    request.once("end", () => {
      request.socket.write("HTTP/1.1 200 OK\r\ncontent-length: 18\r\n\r\n" + '{"data":{"ok":1}} ');
      response.detachSocket(request.socket);
      answered(request.socket);
    });
  });
  server.keepAliveTimeout = 0;
  transport = createSubgraphTransport({ responseBytes: 1_000, connectionsPerSubgraph: 4 });
  const endpoint = { service: "shop", url: await listen(server), timeoutMs: 5_000 };
  return (isQuery: boolean) => transport.post({ endpoint, body: "{}", headers: {}, isQuery });
}

describe("a subgraph that closes connections without saying so", () => {
  test("after each of its answers, answers all of three hundred queries", async () => {
    const post = await start((socket) => socket.end());
    let left = 300;
    const outcomes = new Map<string, number>();
    const one = async (): Promise<void> => {
      if (left === 0) return;
      left -= 1;
      const outcome = await post(true).then(
        () => "answered",
        (error: Error) => error.message,
      );
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      return one();
    };
    await Promise.all(Array.from({ length: 8 }, one));
    expect([...outcomes]).toEqual([["answered", 300]]);
  });

  test("a mutation after a pause, goes over a connection that was not idle before", async () => {
    const post = await start(() => undefined);
    await post(false);
    const [first] = sockets;
    const closedAt = new Promise<number>((resolve) => first?.once("close", () => resolve(performance.now())));
    const startedAt = performance.now();
    await eventually(() => first?.destroyed === true);
    // Proxies that close after two seconds are not rare.
    expect((await closedAt) - startedAt).toBeLessThan(1_900);
    await post(false);
    expect(sockets.size).toBe(2);
  });
});
