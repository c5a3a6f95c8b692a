import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from "jose";
import { pino } from "pino";
import { WebSocket } from "ws";
import { createMetrics } from "../../../../platform/runtime/metrics.ts";
import {
  createTokenVerifier,
  type OrganisationTokenVerifier,
} from "../../../../platform/runtime/organisation-token.ts";
import { Latest } from "../../../../platform/runtime/streams/latest.ts";
import type { SubgraphRequest } from "../../../../platform/runtime/subgraph-request.ts";
import {
  createSubgraphServer,
  type StreamSettings,
  type SubgraphServer,
} from "../../../../platform/runtime/subgraph-server.ts";
import { eventually } from "../../../support/eventually.ts";
import { codeOf, transports, type WatchedStream, watchOverSocket, watchOverSse } from "../../../support/streams.ts";

let key: CryptoKey;
let tokens: OrganisationTokenVerifier;
let server: SubgraphServer | undefined;
const open: WatchedStream[] = [];
const sources = new Set<Latest<{ title: string }>>();
const query = 'subscription { liveSessionUpdated(liveSessionId: "1") { title } }';

async function serve(streams: Partial<StreamSettings> = {}, begin: () => unknown = source): Promise<string> {
  server = await createSubgraphServer<SubgraphRequest>({
    organisation: "storefront",
    resolvers: { Subscription: { liveSessionUpdated: { subscribe: begin, resolve: (session: unknown) => session } } },
    tokens,
    createContext: (request) => request,
    isReady: async () => true,
    logger: pino({ level: "silent" }),
    metrics: createMetrics("storefront"),
    streams,
  });
  return `http://127.0.0.1:${await server.listen(0)}/graphql`;
}

function source(): Latest<{ title: string }> {
  const latest: Latest<{ title: string }> = new Latest(() => sources.delete(latest));
  sources.add(latest);
  latest.offer({ title: "now" });
  return latest;
}

function tell(title: string): void {
  for (const latest of sources) latest.offer({ title });
}

function mint(lifetime = "5m", subject = "ann"): Promise<string> {
  return new SignJWT({ scope: "storefront:browse" })
    .setProtectedHeader({ alg: "EdDSA", kid: "one" })
    .setAudience("storefront")
    .setIssuer("etalase-gateway")
    .setSubject(subject)
    .setIssuedAt()
    .setExpirationTime(lifetime)
    .sign(key);
}

function titlesOf(stream: WatchedStream): unknown[] {
  return stream.events.map(({ data }) => (data?.liveSessionUpdated as { title: string } | undefined)?.title);
}

async function follow(url: string, watchWith = watchOverSse, token?: string, text = query): Promise<WatchedStream> {
  const stream = watchWith({ url, token: token ?? (await mint()), query: text });
  open.push(stream);
  return stream;
}

async function isOpen(stream: WatchedStream): Promise<void> {
  await stream.until((event) => event.data != null);
}

beforeAll(async () => {
  const pair = await generateKeyPair("EdDSA", { extractable: true });
  key = pair.privateKey;
  const keys = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: "one", alg: "EdDSA" }] };
  tokens = createTokenVerifier(keys, "storefront", "etalase-gateway");
});

afterEach(async () => {
  for (const stream of open.splice(0)) stream.close();
  await server?.close();
  server = undefined;
  sources.clear();
});

describe.each(transports)("a stream over %s", (name, watchWith) => {
  test("tells what its source tells, is completed when that ends, and leaves it when the client leaves", async () => {
    const url = await serve();
    const stream = await follow(url, watchWith);
    await isOpen(stream);
    tell("later");
    await stream.until(({ data }) => JSON.stringify(data).includes("later"));
    for (const latest of [...sources]) latest.finish();
    expect(await stream.ended()).toEqual({ kind: "complete" });
    expect(titlesOf(stream)).toEqual(["now", "later"]);
    const other = await follow(url, watchWith);
    await isOpen(other);
    expect(sources.size).toBe(1);
    other.close();
    await eventually(async () => (sources.size === 0 ? true : undefined));
  });

  test("opened with a token that ends in 2 s, ends with it and says IDENTITY_EXPIRED", async () => {
    const url = await serve();
    const stream = await follow(url, watchWith, await mint("2s"));
    await isOpen(stream);
    const begun = Date.now();
    expect(await stream.ended()).toEqual({ kind: "complete" });
    expect(codeOf(stream.events.at(-1))).toBe("IDENTITY_EXPIRED");
    expect(stream.events.at(-1)?.data).toBeUndefined();
    expect(Date.now() - begun).toBeLessThan(10_000);
    expect(sources.size).toBe(0);
  });

  test("at shutdown, is told SUBSCRIBE_AGAIN and completed", async () => {
    const url = await serve();
    const stream = await follow(url, watchWith);
    await isOpen(stream);
    await server?.close();
    server = undefined;
    expect(await stream.ended()).toEqual({ kind: "complete" });
    expect(stream.events.at(-1)?.errors?.[0]?.extensions).toEqual({ code: "SUBSCRIBE_AGAIN", retryable: true });
    expect(sources.size).toBe(0);
  });

  test("beyond what a caller may have, is refused with TOO_MANY_STREAMS; after one left, it is not", async () => {
    const url = await serve({ maxStreamsPerCaller: 1 });
    const first = await follow(url, watchWith);
    await isOpen(first);
    const second = await follow(url, watchWith);
    const end = await second.ended();
    expect(codeOf(second.events[0]) ?? codeOf({ errors: (end as { error?: [] }).error ?? [] })).toBe(
      "TOO_MANY_STREAMS",
    );
    await isOpen(await follow(url, watchWith, await mint("5m", "bob")));
    first.close();
    await eventually(async () => (sources.size === 1 ? true : undefined));
    await isOpen(await follow(url, watchWith));
  });

  test("begun anew shortly before its token ends, counts once with the old one", async () => {
    const url = await serve({ maxStreamsPerCaller: 1 });
    // Another one may follow in its last 45 seconds. On a busy machine it takes a while to be told that it is too early.
    const first = await follow(url, watchWith, await mint("50s"));
    await isOpen(first);
    const early = await follow(url, watchWith);
    await early.ended();
    await sleep(6_000);
    await isOpen(await follow(url, watchWith));
    const third = await follow(url, watchWith);
    await third.ended();
    expect([early, third].map(({ events }) => events.filter(({ data }) => data != null))).toEqual([[], []]);
    expect(first.end()).toBeUndefined();
  });

  test("of a token that ends too soon for another one to follow, counts to its end", async () => {
    const url = await serve({ maxStreamsPerCaller: 1 });
    await isOpen(await follow(url, watchWith, await mint("20s")));
    const second = await follow(url, watchWith);
    await second.ended();
    expect(second.events.filter(({ data }) => data != null)).toEqual([]);
  });

  test.each([
    ["no GraphQL", "subscription {", "GRAPHQL_PARSE_FAILED"],
    ["outside the schema", "subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"],
    ["a query", "{ feed { pageInfo { hasNextPage } } }", "BAD_REQUEST"],
    ["with U+0000", 'subscription { liveSessionUpdated(liveSessionId: "\\u0000") { id } }', "BAD_USER_INPUT"],
  ])("for a document that is %s, is refused with a code", async (_, text, code) => {
    const stream = await follow(await serve(), watchWith, undefined, text);
    const end = await stream.ended();
    expect(codeOf(stream.events[0]) ?? codeOf({ errors: (end as { error?: [] }).error ?? [] })).toBe(code);
  });

  test("whose source fails with a bug, ends with INTERNAL_SERVER_ERROR and none of the cause", async () => {
    const url = await serve();
    const stream = await follow(url, watchWith);
    await isOpen(stream);
    for (const latest of [...sources]) latest.fail(new Error("password=hunter2"));
    await stream.ended();
    expect(codeOf(stream.events.at(-1))).toBe("INTERNAL_SERVER_ERROR");
    expect(JSON.stringify(stream.events)).not.toContain("hunter2");
  });

  test(`with a token of nobody's, is refused (${name})`, async () => {
    const stream = await follow(await serve(), watchWith, "a.b.c");
    expect((await stream.ended()).kind).toBe("error");
    expect([stream.events.length, sources.size]).toEqual([0, 0]);
  });
});

describe("server-sent events", () => {
  async function raw(url: string, token: string): Promise<Socket> {
    const { port, hostname } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    const body = JSON.stringify({ query });
    const head = [
      "POST /graphql HTTP/1.1",
      "host: a",
      "accept: text/event-stream",
      "content-type: application/json",
      `content-length: ${body.length}`,
      `authorization: Bearer ${token}`,
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n${body}`);
    return socket;
  }

  test("of a silent source, carry heartbeats", async () => {
    const socket = await raw(await serve({ heartbeatMs: 30 }), await mint());
    let text = "";
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    await eventually(async () => (text.split(":\n\n").length > 5 ? true : undefined));
    socket.destroy();
  });

  test("read slowly, skip to the latest state; read not at all, are cut and leave their source", async () => {
    const url = await serve({ stuckMs: 400, heartbeatMs: 60_000 });
    const socket = await raw(url, await mint());
    await once(socket, "data");
    socket.pause();
    const long = "x".repeat(200_000);
    let told = 0;
    await eventually(async () => {
      tell(`${told} ${long}`);
      told += 1;
      await sleep(5);
      return sources.size === 0 ? true : undefined;
    });
    expect(told).toBeGreaterThan(20);
    socket.destroy();
  });

  test("whose client reads late, get the last state and few before it", async () => {
    const url = await serve({ heartbeatMs: 60_000 });
    const socket = await raw(url, await mint());
    let text = "";
    await once(socket, "data");
    socket.pause();
    const long = "x".repeat(100_000);
    for (let n = 0; n < 400; n += 1) {
      tell(`${n} ${long}`);
      await sleep(1);
    }
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    socket.resume();
    await eventually(async () => (text.includes('"399 x') ? true : undefined));
    expect(text.split("event: next").length).toBeLessThan(300);
    socket.destroy();
  });

  test("of 500 streams that come and go, leave nothing behind", async () => {
    const url = await serve({ maxStreamsPerCaller: 1_000 });
    const token = await mint();
    for (let round = 0; round < 10; round += 1) {
      const sockets = await Promise.all(Array.from({ length: 50 }, () => raw(url, token)));
      // Half of them leave before they are answered.
      await Promise.all(sockets.filter((_, n) => n % 2 === 0).map((socket) => once(socket, "data")));
      for (const socket of sockets) socket.destroy();
    }
    await eventually(async () => (sources.size === 0 ? true : undefined));
    const metrics = await (await fetch(url.replace("graphql", "metrics"))).text();
    expect(metrics).toMatch(/^streams_open\{.*\} 0$/m);
  });
});

describe("a WebSocket", () => {
  function dial(url: string): WebSocket {
    return new WebSocket(url.replace("http", "ws"), "graphql-transport-ws");
  }

  test("whose token stands in the upgrade request's header, is served", async () => {
    const url = await serve();
    const stream = watchOverSocket({ url, token: await mint(), query }, "header");
    open.push(stream);
    await isOpen(stream);
  });

  test.each([
    ["no JSON", "{", 4400],
    ["no message of the protocol", '{"type":"hello"}', 4400],
    [
      "a subscription before the connection was acknowledged",
      '{"type":"subscribe","id":"1","payload":{"query":"{ a }"}}',
      4401,
    ],
    ["a token that does not verify", '{"type":"connection_init","payload":{"authorization":"Bearer a.b.c"}}', 4401],
    ["a message above its bound", `{"type":"${"x".repeat(300_000)}"}`, 1009],
  ])("that sends %s, is closed with a code; the process serves on", async (_, message, code) => {
    const url = await serve();
    const socket = dial(url);
    await once(socket, "open");
    socket.send(message);
    const [closedWith] = await once(socket, "close");
    expect(closedWith).toBe(code);
    await isOpen(await follow(url, watchOverSocket));
  });

  test("that sends bytes which are no frame, is closed; the process serves on", async () => {
    const url = await serve();
    const socket = dial(url);
    await once(socket, "open");
    const { _socket: wire } = socket as unknown as { _socket: Socket };
    socket.on("error", () => undefined);
    wire.write(Buffer.from([0xff, 0xff, 0x00, 0x12, 0x34]));
    await once(socket, "close");
    await isOpen(await follow(url, watchOverSocket));
  });

  test.each(["//", "http://[", "*", "/nowhere"])("asked for at %s, is refused; the process serves on", async (path) => {
    const url = await serve();
    const wire = connect(Number(new URL(url).port), "127.0.0.1");
    let answer = "";
    wire.on("data", (chunk) => {
      answer += String(chunk);
    });
    wire.write(`GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`);
    // The client closes nothing by itself: the server must.
    await once(wire, "close");
    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
    await isOpen(await follow(url, watchOverSocket));
  });

  test("that does not answer pings, is ended with its streams", async () => {
    const url = await serve({ heartbeatMs: 50, stuckMs: 150 });
    const socket = new WebSocket(url.replace("http", "ws"), "graphql-transport-ws", { autoPong: false });
    await once(socket, "open");
    socket.send(JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${await mint()}` } }));
    socket.send(JSON.stringify({ type: "subscribe", id: "1", payload: { query } }));
    await once(socket, "close");
    await eventually(async () => (sources.size === 0 ? true : undefined));
  });

  test("at another path, or beyond the connections there may be, is turned away", async () => {
    const url = await serve({ maxConnections: 0 });
    for (const [address, status] of [
      [url, 503],
      [`${url}/other`, 404],
    ] as const) {
      const socket = dial(address);
      const [error] = await once(socket, "error");
      expect((error as Error).message).toContain(String(status));
    }
  });

  test("with several streams, carries all of them until the token's end, then is closed with 4401", async () => {
    const url = await serve();
    const socket = dial(url);
    await once(socket, "open");
    const messages: { type: string; id?: string; payload?: { errors?: [{ extensions: { code: string } }] } }[] = [];
    socket.on("message", (data) => messages.push(JSON.parse(String(data))));
    socket.send(JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${await mint("2s")}` } }));
    await eventually(async () => messages.find(({ type }) => type === "connection_ack"));
    for (const id of ["1", "2"]) socket.send(JSON.stringify({ type: "subscribe", id, payload: { query } }));
    const [code] = await once(socket, "close");
    const told = messages.filter(({ payload }) => payload?.errors?.[0].extensions.code === "IDENTITY_EXPIRED");
    expect([code, told.map(({ id }) => id).sort()]).toEqual([4401, ["1", "2"]]);
  });
});
