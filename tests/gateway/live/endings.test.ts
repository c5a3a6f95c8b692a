import { writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { afterEach, describe, expect, test } from "@jest/globals";
import { eventually } from "../../journeys/eventually.ts";
import { supergraphOf } from "../support/composed.ts";
import { type Collected, collect, socketClient } from "../support/live-clients.ts";
import { type LiveShop, openLiveShop } from "../support/live-shop.ts";
import { startGateway, type TestGateway } from "../support/test-gateway.ts";

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
}, 60_000);

async function open(settings: object): Promise<{ shop: LiveShop; gateway: TestGateway }> {
  const shop = await openLiveShop();
  closers.push(() => shop.close());
  const gateway = await startGateway([shop.content, shop.goods], {
    subscriptions: { fields: { videoUpdated: { kind: "state" }, tick: { kind: "events" } }, ...settings },
  });
  closers.push(() => gateway.close());
  return { shop, gateway };
}

const untilAll = (streams: readonly Collected[], count: number) =>
  eventually(
    async () => streams.filter(({ results, end }) => results.length < count && end === undefined).length,
    (left) => left === 0,
    30_000,
  );

function subscribeMany(gateway: TestGateway, query: string, count: number): Collected[] {
  const client = socketClient(gateway.url);
  closers.push(() => void client.dispose());
  return Array.from({ length: count }, () => collect((sink) => client.subscribe({ query }, sink)));
}

describe("a new supergraph under hundreds of streams", () => {
  const streams = 300;

  test("lets those whose fields are still there go on with a new plan, and tells the others to subscribe again", async () => {
    const { shop, gateway } = await open({ streamsPerConnection: 1_000 });
    const priced = subscribeMany(
      gateway,
      'subscription { videoUpdated(id: "v1") { title product { price } } }',
      streams,
    );
    const named = subscribeMany(gateway, 'subscription { videoUpdated(id: "v1") { title product { name } } }', streams);
    await untilAll([...priced, ...named], 1);
    expect(shop.videos.listeners).toBe(1);
    const withoutPrice = shop.goods.sdl.replace("price: Int ", "");
    writeFileSync(gateway.supergraphFile, await supergraphOf([shop.content, { ...shop.goods, sdl: withoutPrice }]));
    await eventually(
      async () => priced.filter(({ end }) => end === undefined).length,
      (left) => left === 0,
      30_000,
    );
    const codes = priced.map(
      ({ end }) => (end?.error as { extensions: { code: string } }[] | undefined)?.[0]?.extensions.code,
    );
    expect(new Set(codes)).toEqual(new Set(["SUBSCRIBE_AGAIN"]));
    shop.change({ title: "Batik cap" });
    await untilAll(named, 2);
    expect(named.filter(({ end }) => end !== undefined)).toEqual([]);
    const told = new Set(named.map(({ results }) => JSON.stringify(results.at(-1)?.data)));
    expect([...told]).toEqual(['{"videoUpdated":{"title":"Batik cap","product":{"name":"barang p-v1"}}}']);
  }, 90_000);
});

/** An HTTP stream whose reading the test controls. */
function openStream(url: string, accept: string, body: object): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", accept };
    const sent = request(url, { method: "POST", headers }, resolve);
    sent.on("error", reject);
    sent.end(JSON.stringify(body));
    closers.push(() => void sent.destroy());
  });
}

/** Reads a stream to its end; `whole` is all of it, `sofar` what there is. */
function reading(response: IncomingMessage) {
  let text = "";
  const read = async (): Promise<string> => {
    for await (const chunk of response) text += String(chunk);
    return text;
  };
  return { whole: read(), sofar: () => text };
}

describe("a gateway that stops", () => {
  test("ends its streams one after another, tells each client when to come back, and lets nobody in", async () => {
    const { shop, gateway } = await open({ drainMs: 1_500 });
    const watch = { query: 'subscription { videoUpdated(id: "v1") { title } }' };
    const ends: number[] = [];
    const sockets = Array.from({ length: 10 }, () => {
      const client = socketClient(gateway.url, { on: { closed: () => void ends.push(Date.now()) } });
      closers.push(() => void client.dispose());
      return collect((sink) => client.subscribe(watch, sink));
    });
    await untilAll(sockets, 1);
    const accept = "multipart/mixed;subscriptionSpec=1.0, application/json";
    const sse = reading(await openStream(`${gateway.url}/stream`, "text/event-stream", watch));
    const multipart = reading(await openStream(gateway.url, accept, watch));
    await eventually(
      async () => [sse.sofar(), multipart.sofar()],
      (texts) => texts.every((text) => text.includes("videoUpdated")),
    );
    const closed = gateway.close();
    closers.splice(1, 1);
    await eventually(
      async () => ends.length,
      (count) => count > 0,
    );
    await closed;
    expect(sockets.map(({ end }) => end)).toMatchObject(sockets.map(() => ({ error: { code: 1012 } })));
    expect(Math.max(...ends) - Math.min(...ends)).toBeGreaterThan(200);
    expect(await sse.whole).toMatch(/event: next\ndata: .+\n\n(:\n\n)*retry: \d+\n\n$/);
    expect(await multipart.whole).toContain('"code":"SUBSCRIBE_AGAIN"');
    expect(await multipart.whole).toMatch(/"retryAfterMs":\d+/);
    await eventually(
      async () => shop.videos.listeners,
      (count) => count === 0,
    );
  }, 60_000);
});

describe("a client that reads too slowly", () => {
  const large = "x".repeat(400_000);

  test("of a state, misses states in between, is told so and ends up with the last one", async () => {
    const { shop, gateway } = await open({ bufferedEvents: 3 });
    const query = 'subscription { videoUpdated(id: "v1") { likes title } }';
    const response = await openStream(`${gateway.url}/stream`, "text/event-stream", { query });
    // Fed by the same stream of the subgraph: what this one has, the slow one was offered.
    const quick = subscribeMany(gateway, query, 1);
    await untilAll(quick, 1);
    for (let likes = 1; likes <= 60; likes += 1) {
      shop.change({ likes, title: large });
      if (likes % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await eventually(
      async () => quick[0]?.results.at(-1)?.data?.videoUpdated,
      (video) => (video as { likes?: number } | undefined)?.likes === 60,
      30_000,
    );
    let text = "";
    response.on("data", (chunk) => {
      text += String(chunk);
    });
    await eventually(async () => text.includes('"likes":60'), Boolean, 30_000);
    const events = text
      .split("\n\n")
      .flatMap((event) => (event.startsWith("event: next\ndata: ") ? [JSON.parse(event.slice(18))] : []))
      .map(({ data, extensions }) => ({ likes: data.videoUpdated.likes as number, gap: extensions?.gap }));
    expect(events.length).toBeLessThan(50);
    const dropped = events.reduce((sum, { gap }) => sum + (gap?.droppedEvents ?? 0), 0);
    expect(dropped + events.length).toBe(61);
    expect(events.find(({ gap }) => gap !== undefined)?.gap.reasons).toEqual(["slow-client"]);
  }, 60_000);

  test("of events, is ended with the reason", async () => {
    const { shop, gateway } = await open({ bufferedEvents: 5 });
    const response = await openStream(`${gateway.url}/stream`, "text/event-stream", { query: "subscription { tick }" });
    await eventually(
      async () => shop.ticks.listeners,
      (count) => count === 1,
    );
    for (let tick = 0; tick < 300; tick += 1) shop.ticks.publish({ tick });
    const text = await reading(response).whole;
    expect(text).toContain('"code":"SLOW_CLIENT"');
    await eventually(
      async () => shop.ticks.listeners,
      (count) => count === 0,
    );
  }, 60_000);

  test("that does not read at all, loses its connection and its stream", async () => {
    const { shop, gateway } = await open({ bufferedEvents: 3, slowClientMs: 500 });
    const query = 'subscription { videoUpdated(id: "v1") { likes title } }';
    await openStream(`${gateway.url}/stream`, "text/event-stream", { query });
    await eventually(
      async () => shop.videos.listeners,
      (count) => count === 1,
    );
    const changes = setInterval(() => shop.change({ title: large }), 10);
    closers.push(() => clearInterval(changes));
    await eventually(
      async () => shop.videos.listeners,
      (count) => count === 0,
      30_000,
    );
    expect(await gateway.metric("gateway_streams_open", { side: "clients" })).toBe(0);
  }, 60_000);
});
