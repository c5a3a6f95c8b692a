import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { eventually } from "../../journeys/eventually.ts";
import { type GatewayProcess, startGatewayProcess } from "../support/gateway-process.ts";
import { type LiveShop, openLiveShop } from "../support/live-shop.ts";
import { frameOf, openRawSocket, type RawSocket, textFrame } from "../support/raw-socket.ts";

// In a process of its own, whose end and whose memory can be seen.
let shop: LiveShop;
let gateway: GatewayProcess;
let origin = "";
const sockets: RawSocket[] = [];

beforeAll(async () => {
  shop = await openLiveShop();
  gateway = await startGatewayProcess([shop.content, shop.goods], {
    subscriptions: { fields: { videoUpdated: { kind: "state" } }, slowClientMs: 2_000 },
  });
  origin = new URL(gateway.url).origin;
}, 60_000);
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(async () => {
  await gateway.close();
  await shop.close();
});

function open(path?: string): RawSocket {
  const socket = openRawSocket(gateway.url, path);
  sockets.push(socket);
  return socket;
}

/** How long the probe takes to be answered, in milliseconds. */
async function probeMs(): Promise<number> {
  const startedAt = performance.now();
  const { status } = await fetch(`${origin}/health/live`, { signal: AbortSignal.timeout(20_000) });
  expect(status).toBe(200);
  return performance.now() - startedAt;
}

describe("a request for a WebSocket", () => {
  test.each(["//", "//[", "http://[", "http://", "*", "", "/%", "/%ff?%", "?", "/graphql/../..", "\\"])(
    "at the path '%s', is refused, and the gateway goes on",
    async (path) => {
      const socket = open(path);
      expect(await socket.head).toMatch(/^HTTP\/1\.1 40[04] /);
      await probeMs();
      await eventually(async () => socket.isClosed(), Boolean);
    },
  );

  test.each([
    ["no key", { "sec-websocket-key": "" }],
    ["an unknown version", { "sec-websocket-version": "99" }],
    ["protocols that are none", { "sec-websocket-protocol": ",,;" }],
    ["an origin that is none", { origin: "http://[" }],
  ])("with %s, is refused, and the gateway goes on", async (_what, headers) => {
    const socket = openRawSocket(gateway.url, "/graphql", headers);
    sockets.push(socket);
    expect(await socket.head).toMatch(/^HTTP\/1\.1 4\d\d /);
    await probeMs();
  });
});

const init = textFrame({ type: "connection_init" });
const subscribe = (id: number, query: string) => textFrame({ id: String(id), type: "subscribe", payload: { query } });
const videos = "{ videos { id title product { name maker { name } } } }";

/** A connection that reads nothing and has sent its first messages. */
async function enter(first: readonly Buffer[]): Promise<RawSocket> {
  const socket = open();
  await socket.head;
  socket.connection.pause();
  for (const frame of first) socket.send(frame);
  return socket;
}

/** Sends as fast as the network takes it, again on another connection when it is cut. Ends with `until`. */
async function flood(
  entered: RawSocket,
  first: readonly Buffer[],
  next: (turn: number) => Buffer,
  until: number,
): Promise<number> {
  let socket = entered;
  let turn = 0;
  for (;;) {
    while (Date.now() < until && !socket.connection.destroyed) {
      turn += 1;
      if (socket.send(next(turn))) {
        if (turn % 50 === 0) await delay(0);
        continue;
      }
      // Unread, only a write that fails tells that the other side is gone.
      const drained = new Promise((resolve) => socket.connection.once("drain", resolve).once("close", resolve));
      await Promise.race([drained, delay(200)]);
    }
    socket.destroy();
    if (Date.now() >= until) return turn;
    await delay(50);
    socket = await enter(first);
  }
}

// Of four clients: a message of the largest size each, what it is made of, and what waits to be sent.
const mostHeldBytes = 30_000_000;
const large = "x".repeat(900_000);
const floods: [string, readonly Buffer[], (turn: number) => Buffer][] = [
  ["pings before the first message", [], () => textFrame({ type: "ping" })],
  ["large pings", [init], () => textFrame({ type: "ping", payload: { large } })],
  ["pings of the WebSocket itself", [init], () => frameOf(9, Buffer.alloc(125))],
  ["pongs of the WebSocket itself", [init], () => frameOf(10, Buffer.alloc(125))],
  ["subscriptions", [init], (turn) => subscribe(turn, 'subscription { videoUpdated(id: "v1") { title } }')],
  ["subscriptions that are refused", [init], (turn) => subscribe(turn, `{ no${turn} }`)],
  ["subscriptions before the first message", [], (turn) => subscribe(turn, videos)],
  ["queries", [init], (turn) => subscribe(turn, videos)],
  ["frames that are no messages", [init], () => frameOf(1, Buffer.from("{"))],
];

describe("a flood from clients that read nothing", () => {
  test.each(floods)(
    "of %s, costs little memory, and others are served meanwhile",
    async (_what, first, next) => {
      const before = await gateway.measure();
      const entered = await Promise.all([0, 1, 2, 3].map(() => enter(first)));
      // From here on, so that a busy machine that takes long to open connections is flooded no less.
      const until = Date.now() + 1_500;
      const flooding = Promise.all(entered.map((socket) => flood(socket, first, next, until)));
      const probes: number[] = [];
      const sizes: number[] = [];
      while (Date.now() < until) {
        probes.push(await probeMs());
        sizes.push((await gateway.measure()).heldBytes);
        await delay(100);
      }
      const turns = await flooding;
      expect(turns.reduce((sum, turn) => sum + turn, 0)).toBeGreaterThan(0);
      expect(Math.max(...probes)).toBeLessThan(5_000);
      expect(Math.max(...sizes) - before.heldBytes).toBeLessThan(mostHeldBytes);
      await eventually(
        () => gateway.metric("gateway_streams_open"),
        (open) => open === 0,
      );
    },
    40_000,
  );
});

describe("a client that sends more messages than are allowed", () => {
  test("is answered as long as they are, then closed with 1008 and the reason", async () => {
    const socket = open();
    await socket.head;
    socket.send(init);
    for (let turn = 0; turn < 50; turn += 1) socket.send({ type: "ping" });
    await eventually(
      async () => socket.texts.length,
      (count) => count === 51,
    );
    for (let turn = 0; turn < 1_000; turn += 1) socket.send({ type: "ping" });
    await eventually(async () => socket.isClosed(), Boolean);
    expect(socket.closing()).toEqual({ code: 1008, reason: "TOO_MANY_MESSAGES" });
  });
});

describe("a client that reads nothing over a WebSocket", () => {
  test("of a stream of large events, loses its connection and its stream, and costs no more than its bounds", async () => {
    const before = await gateway.measure();
    const socket = open();
    await socket.head;
    socket.connection.pause();
    socket.send(init);
    socket.send(subscribe(1, 'subscription { videoUpdated(id: "v1") { likes title } }'));
    await eventually(
      async () => shop.videos.listeners,
      (count) => count === 1,
    );
    const title = "x".repeat(400_000);
    const changes = setInterval(() => shop.change({ title }), 10);
    try {
      await eventually(
        async () => shop.videos.listeners,
        (count) => count === 0,
        30_000,
      );
    } finally {
      clearInterval(changes);
      shop.change({ title: "Batik tulis" });
    }
    expect((await gateway.measure()).heldBytes - before.heldBytes).toBeLessThan(mostHeldBytes);
  }, 40_000);

  test("of many answers, is not worked for beyond what it may have under way", async () => {
    const socket = open();
    await socket.head;
    shop.change({ title: "x".repeat(100_000) });
    socket.connection.pause();
    socket.send(init);
    const before = shop.content.received.length;
    for (let turn = 0; turn < 250; turn += 1) socket.send(subscribe(turn, `{ videos { id title a${turn}: id } }`));
    await delay(1_000);
    expect(shop.content.received.length - before).toBeLessThanOrEqual(110);
    socket.connection.resume();
    await eventually(async () => socket.isClosed() || socket.texts.length > 0, Boolean, 20_000);
    shop.change({ title: "Batik tulis" });
  }, 40_000);
});
