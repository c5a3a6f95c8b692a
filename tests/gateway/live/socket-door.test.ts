import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { eventually } from "../../journeys/eventually.ts";
import { type LiveShop, openLiveShop } from "../support/live-shop.ts";
import { openRawSocket, type RawSocket, textFrame } from "../support/raw-socket.ts";
import { startGateway, type TestGateway } from "../support/test-gateway.ts";
import { startIssuer, type TestIssuer } from "../support/test-issuer.ts";

let shop: LiveShop;
let issuer: TestIssuer;
let gateway: TestGateway;
const sockets: RawSocket[] = [];

beforeAll(async () => {
  shop = await openLiveShop();
  issuer = await startIssuer();
  gateway = await startGateway([shop.content, shop.goods], {
    trustedProxies: ["127.0.0.1", "10.0.0.0/8"],
    identity: {
      issuers: [{ issuer: issuer.issuer, jwksUrl: issuer.jwksUrl, audience: "etalase" }],
      clockToleranceSeconds: 0,
    },
    subscriptions: {
      fields: { videoUpdated: { kind: "state" } },
      connections: 6,
      shareForUsers: 0.5,
      connectionsPerAddress: 2,
      connectionsPerIdentity: 2,
      streamsPerAddress: 1,
    },
  });
}, 60_000);
afterEach(async () => {
  const open = sockets.splice(0);
  for (const socket of open) socket.destroy();
  await eventually(
    async () => shop.videos.listeners,
    (count) => count === 0,
  );
  await delay(50);
});
afterAll(async () => {
  await gateway.close();
  await shop.close();
  await issuer.close();
});

let lastAddress = 1;
/** Connects as a client behind the proxy; each has an address of its own unless one is given. */
async function open(forwardedFor?: string): Promise<RawSocket> {
  lastAddress += 1;
  const socket = openRawSocket(gateway.url, "/graphql", {
    "x-forwarded-for": forwardedFor ?? `192.0.2.${lastAddress}`,
  });
  sockets.push(socket);
  await socket.head;
  return socket;
}

const init = (authorization?: unknown) => ({
  type: "connection_init",
  ...(authorization === undefined ? {} : { payload: { authorization } }),
});
const subscribe = (id: string, query: string) => ({ id, type: "subscribe", payload: { query } });
const watch = 'subscription { videoUpdated(id: "v1") { likes } }';
const like = 'mutation { like(id: "v1") { video { likes } } }';
const tokenOf = async (sub: string, lifetimeSeconds = 600) =>
  `Bearer ${await issuer.sign({ sub, exp: Math.floor(Date.now() / 1000) + lifetimeSeconds })}`;

async function closingOf(socket: RawSocket) {
  await eventually(async () => socket.closing() ?? socket.isClosed(), Boolean);
  return socket.closing();
}

/** `served` or the closing frame of a client that says who it is. */
async function outcomeOf(socket: RawSocket, authorization?: string): Promise<string> {
  socket.send(init(authorization));
  await eventually(async () => socket.texts.length > 0 || socket.isClosed() || socket.closing() !== undefined, Boolean);
  const closing = socket.closing();
  return closing === undefined ? (socket.texts[0] ?? "cut") : `${closing.code} ${closing.reason}`;
}

const served = '{"type":"connection_ack"}';
const isError = ({ level }: Record<string, unknown>) => Number(level) >= 50;

function likes(): Promise<unknown> {
  return gateway.query('{ video(id: "v1") { likes } }').then(({ body }) => body.data?.video);
}

describe("a WebSocket that is closing", () => {
  test("because its token ended, carries out nothing that still comes", async () => {
    const before = await likes();
    const socket = await open();
    socket.send(init(await tokenOf("expiring", 2)));
    expect(await closingOf(socket)).toEqual({ code: 4403, reason: "IDENTITY_EXPIRED" });
    for (let turn = 0; turn < 5; turn += 1) {
      socket.send(subscribe(`m${turn}`, like));
      await delay(100);
    }
    await eventually(async () => socket.isClosed(), Boolean);
    expect(await likes()).toEqual(before);
  });

  test("because its token is refused, drops what was sent behind it and logs no error", async () => {
    const before = gateway.log.filter(isError).length;
    const socket = await open();
    const frames = [init("Bearer a.b.c"), subscribe("1", like), subscribe("2", watch)].map(textFrame);
    socket.send(Buffer.concat(frames));
    expect(await closingOf(socket)).toEqual({ code: 4403, reason: "UNAUTHENTICATED" });
    await eventually(async () => socket.isClosed(), Boolean);
    expect(gateway.log.filter(isError).slice(before)).toEqual([]);
  });

  test.each(['{"toString":1}', "7", '["a"]', '{"a":1}'])(
    "because its token is %s, says 4403 and logs no error",
    async (token) => {
      const before = gateway.log.filter(isError).length;
      const socket = await open();
      socket.send(init(JSON.parse(token)));
      expect((await closingOf(socket))?.code).toBe(4403);
      expect(gateway.log.filter(isError).slice(before)).toEqual([]);
    },
  );

  test("because an id of 200 characters is used twice, says 4409", async () => {
    const socket = await open();
    const id = "é".repeat(200);
    for (const message of [init(), subscribe(id, watch), subscribe(id, watch)]) socket.send(message);
    const closing = await closingOf(socket);
    expect(closing?.code).toBe(4409);
    expect(closing?.reason).toMatch(/^Subscriber for é+$/);
  });

  test("ends its streams at once, also when the client does not answer the closing frame", async () => {
    const socket = await open();
    for (const message of [init(), subscribe("1", watch)]) socket.send(message);
    await eventually(
      async () => shop.videos.listeners,
      (count) => count === 1,
    );
    socket.send(init());
    expect((await closingOf(socket))?.code).toBe(4429);
    await eventually(
      async () => shop.videos.listeners,
      (count) => count === 0,
      1_000,
    );
  });
});

describe("a ping", () => {
  test("with a short payload, has it back; a long one is left out", async () => {
    const socket = await open();
    socket.send({ type: "ping", payload: { at: 7 } });
    socket.send({ type: "ping", payload: { at: "x".repeat(200) } });
    socket.send({ type: "ping" });
    await eventually(
      async () => socket.texts.length,
      (count) => count === 3,
    );
    expect(socket.texts.map((text) => JSON.parse(text))).toEqual([
      { type: "pong", payload: { at: 7 } },
      { type: "pong" },
      { type: "pong" },
    ]);
  });
});

describe("WebSocket connections", () => {
  const full = "1013 TOO_MANY_CONNECTIONS";

  test("beyond those of one address, are closed; other addresses and signed-in users of the same are served", async () => {
    const one = "198.51.100.7";
    const outcomes = [
      await outcomeOf(await open(one)),
      await outcomeOf(await open(one)),
      await outcomeOf(await open(one)),
    ];
    expect(outcomes).toEqual([served, served, full]);
    expect(await outcomeOf(await open(one), await tokenOf("budi"))).toBe(served);
    expect(await outcomeOf(await open("198.51.100.8"))).toBe(served);
  });

  test("that do not say who they are, have places of their own, of which one address has its part", async () => {
    const one = "198.51.100.9";
    await Promise.all([open(one), open(one)]);
    const third = await open(one);
    expect(await third.head).toMatch(/^HTTP\/1\.1 429 /);
    expect(await third.head).toMatch(/retry-after: \d+/);
    expect(await outcomeOf(await open("198.51.100.10"))).toBe(served);
  });

  test("of people who are not signed in, leave the rest to those who are", async () => {
    const outcomes: string[] = [];
    for (let turn = 0; turn < 4; turn += 1) outcomes.push(await outcomeOf(await open()));
    expect(outcomes).toEqual([served, served, served, full]);
    const users: string[] = [];
    for (const user of ["a", "b"]) users.push(await outcomeOf(await open(), await tokenOf(user)));
    expect(users).toEqual([served, served]);
  });

  test("of one user beyond those allowed, are closed wherever they come from", async () => {
    const token = await tokenOf("everywhere");
    const outcomes: string[] = [];
    for (let turn = 0; turn < 3; turn += 1) outcomes.push(await outcomeOf(await open(), token));
    expect(outcomes).toEqual([served, served, full]);
  });

  test("beyond all, are turned away with 503", async () => {
    for (let turn = 0; turn < 6; turn += 1) await open();
    expect(await (await open()).head).toMatch(/^HTTP\/1\.1 503 /);
  });

  test("that are gone, leave their places", async () => {
    for (let turn = 0; turn < 4; turn += 1) {
      const socket = await open("198.51.100.11");
      expect(await outcomeOf(socket)).toBe(served);
      socket.destroy();
      await delay(50);
    }
  });
});

describe("an address that a trusted proxy tells of", () => {
  const stream = (forwardedFor: string) => {
    const abort = new AbortController();
    const headers = {
      "content-type": "application/json",
      accept: "text/event-stream",
      "x-forwarded-for": forwardedFor,
    };
    const body = JSON.stringify({ query: watch });
    const response = fetch(`${gateway.url}/stream`, { method: "POST", headers, body, signal: abort.signal });
    return { response, abort };
  };

  test("counts alike at every door, and what stands left of it is not believed", async () => {
    const first = stream("203.0.113.1, 198.51.100.20, 10.1.2.3");
    expect((await first.response).status).toBe(200);
    const again = await stream("203.0.113.2, 198.51.100.20").response;
    expect(again.status).toBe(429);
    const socket = await open("203.0.113.3, 198.51.100.20");
    for (const message of [init(), subscribe("1", watch)]) socket.send(message);
    await eventually(
      async () => socket.texts.length,
      (count) => count >= 2,
    );
    expect(socket.texts[1]).toContain("TOO_MANY_STREAMS");
    const other = stream("198.51.100.20, 203.0.113.1");
    expect((await other.response).status).toBe(200);
    first.abort.abort();
    other.abort.abort();
  });
});
