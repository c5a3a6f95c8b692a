import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { WebSocketServer } from "ws";
import { eventually } from "../../journeys/eventually.ts";
import { type Collected, collect, socketClient } from "../support/live-clients.ts";
import { type LiveShop, openLiveShop } from "../support/live-shop.ts";
import { closeServer, listen, rogueSse } from "../support/rogue-subgraph.ts";
import { startGateway, type TestGateway } from "../support/test-gateway.ts";
import { startIssuer, type TestIssuer } from "../support/test-issuer.ts";
import { writeTokenFiles } from "../support/token-files.ts";

type Protocol = "sse" | "websocket";
const protocols: Protocol[] = ["sse", "websocket"];
const watch = 'subscription { videoUpdated(id: "v1") { title likes product { price } } }';

const untilResults = (stream: Collected, count: number) =>
  eventually(
    async () => stream,
    ({ results, end }) => results.length >= count || end !== undefined,
    20_000,
  );
const untilEnd = (stream: Collected) =>
  eventually(
    async () => stream,
    ({ end }) => end !== undefined,
    20_000,
  );

/** Code of the error that a WebSocket client's stream ended with. */
function endCode({ end }: Collected): unknown {
  return (end?.error as { extensions?: { code?: string } }[] | undefined)?.[0]?.extensions?.code;
}

let issuer: TestIssuer;
let folder: string;
const closers: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  issuer = await startIssuer();
  folder = mkdtempSync(join(tmpdir(), "etalase-live-"));
}, 60_000);
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(async () => {
  await issuer.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Bench {
  readonly shop: LiveShop;
  readonly gateway: TestGateway;
  subscribe(query?: string, token?: string): Collected;
}

async function open(protocol: Protocol, settings: object = {}, subscriptionUrl?: string): Promise<Bench> {
  const shop = await openLiveShop();
  closers.push(() => shop.close());
  const gateway = await startGateway([shop.content, shop.goods], {
    identity: { issuers: [{ issuer: issuer.issuer, jwksUrl: issuer.jwksUrl, audience: "etalase" }] },
    organisationTokens: await writeTokenFiles(folder),
    subgraphs: {
      content: {
        timeoutMs: 1_500,
        subscriptions: { protocol, ...(subscriptionUrl === undefined ? {} : { url: subscriptionUrl }) },
      },
    },
    subscriptions: {
      fields: { videoUpdated: { kind: "state" }, broken: { kind: "state" } },
      resumeWithinMs: 3_000,
      ...settings,
    },
  });
  closers.push(() => gateway.close());
  return {
    shop,
    gateway,
    subscribe: (query = watch, token) => {
      const params = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const client = socketClient(gateway.url, { connectionParams: params });
      const collected = collect((sink) => client.subscribe({ query }, sink));
      closers.push(() => void client.dispose(), collected.stop);
      return collected;
    },
  };
}

describe.each(protocols)("a subgraph's stream over %s", (protocol) => {
  test("identical streams of callers who look the same to the organisation, are one; the later ones have the state at once", async () => {
    const { shop, subscribe, gateway } = await open(protocol);
    const streams = [subscribe(), subscribe(), subscribe()];
    await Promise.all(streams.map((stream) => untilResults(stream, 1)));
    expect(shop.videos.listeners).toBe(1);
    expect(await gateway.metric("gateway_streams_open", { side: "clients" })).toBe(3);
    expect(await gateway.metric("gateway_streams_open", { side: "subgraphs" })).toBe(1);
    shop.change({ likes: 4 });
    await Promise.all(streams.map((stream) => untilResults(stream, 2)));
    streams[0]?.stop();
    await eventually(
      async () => gateway.metric("gateway_streams_open", { side: "clients" }),
      (count) => count === 2,
    );
    shop.change({ likes: 5 });
    await Promise.all(streams.slice(1).map((stream) => untilResults(stream, 3)));
    expect(streams[2]?.results.map(({ data }) => data?.videoUpdated)).toMatchObject([
      { likes: 0 },
      { likes: 4 },
      { likes: 5 },
    ]);
  });

  test("streams of two users, are never one, and carry each user's own token for the organisation", async () => {
    const { shop, subscribe } = await open(protocol);
    const tokens = [
      await issuer.sign({ sub: "budi" }),
      await issuer.sign({ sub: "siti" }),
      await issuer.sign({ sub: "budi" }),
    ];
    const streams = tokens.map((token) => subscribe(watch, token));
    await Promise.all(streams.map((stream) => untilResults(stream, 1)));
    expect(shop.videos.listeners).toBe(2);
    expect(new Set(shop.content.streams.map(({ authorization }) => authorization)).size).toBe(2);
    const told = JSON.stringify(shop.content.streams);
    for (const token of tokens) expect(told).not.toContain(token);
    if (protocol === "websocket") expect(shop.content.sockets()).toBe(2);
  });

  test("a subgraph that is killed and comes back, goes on with its state, and the client is told of the gap", async () => {
    const { shop, subscribe, gateway } = await open(protocol, { resumeWithinMs: 20_000 });
    const stream = subscribe();
    await untilResults(stream, 1);
    await shop.content.close();
    shop.change({ likes: 9 });
    await eventually(
      async () => gateway.metric("gateway_subgraph_streams_lost_total", { subgraph: "content" }),
      (count) => count >= 1,
    );
    await shop.content.reopen();
    await untilResults(stream, 2);
    expect(stream.results[1]?.data?.videoUpdated).toMatchObject({ likes: 9 });
    expect(stream.results[1]?.extensions?.gap).toMatchObject({ reasons: ["upstream-lost"], forMs: expect.any(Number) });
    shop.change({ likes: 10 });
    await untilResults(stream, 3);
    expect(stream.results[2]).toEqual({ data: { videoUpdated: expect.objectContaining({ likes: 10 }) } });
  });

  test("who subscribes while the subgraph is away, is refused as if alone, and is told the state of then when it is back", async () => {
    const { shop, subscribe, gateway } = await open(protocol, { resumeWithinMs: 20_000 });
    const first = subscribe();
    await untilResults(first, 1);
    await shop.content.close();
    await eventually(
      async () => gateway.metric("gateway_subgraph_streams_lost_total", { subgraph: "content" }),
      (count) => count >= 1,
    );
    const refused = subscribe();
    await untilEnd(refused);
    expect([refused.results, endCode(refused)]).toEqual([[], "SUBGRAPH_UNAVAILABLE"]);
    shop.change({ likes: 9 });
    await shop.content.reopen();
    const served = subscribe();
    await untilResults(served, 1);
    expect(served.results[0]).toEqual({ data: { videoUpdated: expect.objectContaining({ likes: 9 }) } });
    await untilResults(first, 2);
    expect(first.results[1]?.extensions?.gap).toMatchObject({ reasons: ["upstream-lost"] });
  });

  test("a shared stream whose members are counted, says for how many it stands, as they come and go", async () => {
    const fields = { videoUpdated: { kind: "state", countsMembers: true } };
    const { shop, subscribe } = await open(protocol, { fields });
    const streams: Collected[] = [];
    const told = () => shop.content.streams.at(-1)?.extensions?.sharedStream as { members: number } | undefined;
    for (let count = 1; count <= 3; count += 1) {
      const stream = subscribe();
      streams.push(stream);
      await untilResults(stream, 1);
      expect(told()?.members).toBe(count);
    }
    streams[0]?.stop();
    await eventually(
      async () => told()?.members,
      (members) => members === 2,
    );
    const ids = shop.content.streams.map(
      ({ extensions }) => (extensions?.sharedStream as { id?: string } | undefined)?.id,
    );
    expect(new Set(ids).size).toBe(1);
    await eventually(
      async () => shop.videos.listeners,
      (count) => count === 1,
    );
    expect(streams.slice(1).map(({ results }) => results.length)).toEqual([1, 1]);
  });

  test("a subgraph that does not come back, ends the stream with its code", async () => {
    const { shop, subscribe } = await open(protocol, { resumeWithinMs: 500 });
    const stream = subscribe();
    await untilResults(stream, 1);
    await shop.content.close();
    await untilEnd(stream);
    expect(endCode(stream)).toBe("SUBGRAPH_UNAVAILABLE");
    await shop.content.reopen();
  });

  test("a subgraph that cannot be reached at all, is told of at once", async () => {
    const { shop, subscribe } = await open(protocol);
    await shop.content.close();
    const stream = subscribe();
    await untilEnd(stream);
    expect(endCode(stream)).toBe("SUBGRAPH_UNAVAILABLE");
    await shop.content.reopen();
  });

  test("a subgraph that floods, is left and begun again, and ends in the end", async () => {
    const { shop, subscribe } = await open(protocol, { eventsPerSecond: 50, resumeWithinMs: 1_000 });
    const stream = subscribe();
    await untilResults(stream, 1);
    const flood = setInterval(() => {
      for (let likes = 0; likes < 100; likes += 1) shop.change({ likes });
    }, 20);
    closers.push(() => clearInterval(flood));
    await untilEnd(stream);
    clearInterval(flood);
    expect(endCode(stream)).toBe("SUBGRAPH_BAD_RESPONSE");
    await eventually(
      async () => shop.videos.listeners,
      (count) => count === 0,
    );
  });

  test("an event that is larger than allowed, is a fault of the subgraph", async () => {
    const { shop, subscribe } = await open(protocol, { eventBytes: 2_000, resumeWithinMs: 300 });
    const stream = subscribe();
    await untilResults(stream, 1);
    shop.change({ title: "x".repeat(5_000) });
    await untilEnd(stream);
    expect(endCode(stream)).toBe("SUBGRAPH_BAD_RESPONSE");
  });

  test("an event with errors and a null where none is allowed, is answered like such a query", async () => {
    const { subscribe } = await open(protocol);
    const stream = subscribe("subscription { broken { title } }");
    await untilResults(stream, 1);
    expect(stream.results[0]).toMatchObject({
      data: { broken: null },
      errors: [{ path: ["broken", "title"], extensions: { code: "INTERNAL_SERVER_ERROR", service: "content" } }],
    });
  });
});

const eventStream = { "content-type": "text/event-stream" };
const acknowledgement = '{"type":"connection_ack"}';

describe("a subgraph that says nothing", () => {
  test("on a stream that was begun, counts as lost and is begun again", async () => {
    const rogue = await rogueSse(
      eventStream,
      'event: next\ndata: {"data":{"videoUpdated":{"title":"a","likes":1,"product":null}}}\n\n',
    );
    closers.push(rogue.close);
    const { subscribe } = await open("sse", { silenceMs: 400 }, rogue.url);
    const stream = subscribe();
    await untilResults(stream, 2);
    expect(stream.results[1]?.extensions?.gap).toMatchObject({ reasons: ["upstream-lost"] });
    expect(rogue.asked()).toBeGreaterThan(1);
  });

  test("to a WebSocket's pings, counts as lost", async () => {
    const event =
      '{"type":"next","id":"$ID","payload":{"data":{"videoUpdated":{"title":"a","likes":1,"product":null}}}}';
    const server = createServer();
    const sockets = new WebSocketServer({ server });
    let asked = 0;
    sockets.on("connection", (socket) => {
      asked += 1;
      socket.on("message", (data) => {
        const { type, id } = JSON.parse(String(data)) as { type: string; id?: string };
        if (type === "connection_init") socket.send(acknowledgement);
        if (type === "subscribe") socket.send(event.replace("$ID", id ?? ""));
      });
    });
    const url = await listen(server);
    closers.push(() => closeServer(server));
    const { subscribe } = await open("websocket", { silenceMs: 2_000 }, url);
    const stream = subscribe();
    await untilResults(stream, 2);
    expect(asked).toBeGreaterThan(1);
    expect(stream.results[1]?.extensions?.gap).toMatchObject({ reasons: ["upstream-lost"] });
  });
});

describe("an organisation's token", () => {
  test("many streams of one caller over WebSocket, share one connection", async () => {
    const { shop, subscribe } = await open("websocket", { fields: {} });
    const streams = [subscribe(), subscribe(), subscribe("subscription { tick }")];
    await Promise.all(streams.slice(0, 2).map((stream) => untilResults(stream, 1)));
    await eventually(
      async () => shop.ticks.listeners,
      (count) => count === 1,
    );
    expect([shop.videos.listeners, shop.content.sockets()]).toEqual([2, 1]);
    for (const stream of streams) stream.stop();
    await eventually(
      async () => shop.content.sockets(),
      (count) => count === 0,
    );
  });
});
