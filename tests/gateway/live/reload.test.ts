import { writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { afterEach, describe, expect, test } from "@jest/globals";
import { eventually } from "../../journeys/eventually.ts";
import { supergraphOf } from "../support/composed.ts";
import { type Collected, collect, socketClient } from "../support/live-clients.ts";
import { type LiveShop, openLiveShop } from "../support/live-shop.ts";
import { readAnswer, startGateway, type TestGateway } from "../support/test-gateway.ts";
import { startIssuer } from "../support/test-issuer.ts";
import { startServer } from "../support/test-server.ts";

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
}, 60_000);

const watch = { query: 'subscription { videoUpdated(id: "v1") { title product { price } } }' };
const multipart = "multipart/mixed;subscriptionSpec=1.0, application/json";

async function open(config: object): Promise<{ shop: LiveShop; gateway: TestGateway }> {
  const shop = await openLiveShop();
  closers.push(() => shop.close());
  const gateway = await startGateway([shop.content, shop.goods], config);
  closers.push(() => gateway.close());
  return { shop, gateway };
}

const settings = (drainMs: number) => ({ fields: { videoUpdated: { kind: "state" } }, drainMs });

/** Serves a schema with the price, or without; resolves when it is in use. */
async function serve({ shop, gateway }: { shop: LiveShop; gateway: TestGateway }, hasPrice: boolean): Promise<void> {
  const sdl = hasPrice ? shop.goods.sdl : shop.goods.sdl.replace("price: Int ", "");
  writeFileSync(gateway.supergraphFile, await supergraphOf([shop.content, { ...shop.goods, sdl }]));
  await eventually(
    async () => (await gateway.query('{ product(id: "p-v1") { price } }')).status === 200,
    (isThere) => isThere === hasPrice,
    30_000,
  );
}

function subscribeMany(gateway: TestGateway, count: number): Collected[] {
  const client = socketClient(gateway.url);
  closers.push(() => void client.dispose());
  return Array.from({ length: count }, () => collect((sink) => client.subscribe(watch, sink)));
}

function openStream(url: string, accept: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method: "POST", headers: { "content-type": "application/json", accept, ...headers } },
      resolve,
    );
    sent.on("error", reject);
    sent.end(JSON.stringify(watch));
    closers.push(() => void sent.destroy());
  });
}

async function readToEnd(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of response) text += String(chunk);
  return text;
}

const untilFirst = (streams: readonly Collected[]) =>
  eventually(
    async () => streams.every(({ results }) => results.length > 0),
    (isTold) => isTold,
    20_000,
  );

describe("streams that a new schema has no more", () => {
  test("end one after another, each client told when to come back, over every protocol", async () => {
    const opened = await open({ subscriptions: settings(3_000) });
    const { gateway } = opened;
    const streams = subscribeMany(gateway, 30);
    await untilFirst(streams);
    const sse = readToEnd(await openStream(`${gateway.url}/stream`, "text/event-stream"));
    const parts = readToEnd(await openStream(gateway.url, multipart));
    const ends = new Map<Collected, number>();
    const looking = setInterval(() => {
      for (const stream of streams) {
        if (stream.end !== undefined && !ends.has(stream)) ends.set(stream, Date.now());
      }
    }, 20);
    closers.push(() => clearInterval(looking));
    await serve(opened, false);
    await eventually(
      async () => ends.size,
      (count) => count === streams.length,
      20_000,
    );
    const moments = [...ends.values()];
    expect(Math.max(...moments) - Math.min(...moments)).toBeGreaterThan(1_000);
    const told = streams.map(
      ({ end }) =>
        (end?.error as { extensions: { code: string; retryAfterMs: number } }[] | undefined)?.[0]?.extensions,
    );
    expect(new Set(told.map((extensions) => extensions?.code))).toEqual(new Set(["SUBSCRIBE_AGAIN"]));
    expect(new Set(told.map((extensions) => extensions?.retryAfterMs)).size).toBeGreaterThan(10);
    expect(await sse).toMatch(/"code":"SUBSCRIBE_AGAIN".*\n\n(:\n\n)*retry: \d+\nevent: complete\n/);
    expect(await parts).toMatch(/"code":"SUBSCRIBE_AGAIN".*"retryAfterMs":\d+/);
  }, 60_000);

  test("stay when the schema has them again before their turn", async () => {
    const opened = await open({ subscriptions: settings(600_000) });
    const streams = subscribeMany(opened.gateway, 10);
    await untilFirst(streams);
    await serve(opened, false);
    await serve(opened, true);
    opened.shop.prices.set("p-v1", 4_321);
    opened.shop.change({ likes: 5 });
    // On a slow machine the turn of one or two may come before the schema has them again.
    await eventually(
      async () => streams.map(({ results, end }) => (end === undefined ? JSON.stringify(results.at(-1)) : "left")),
      (told) => told.every((text) => text === "left" || text.includes("4321")),
      20_000,
    );
    expect(streams.filter(({ end }) => end === undefined).length).toBeGreaterThanOrEqual(7);
  }, 60_000);
});

describe("a client that is let in while the schema changes", () => {
  test("is answered by the new one", async () => {
    const issuer = await startIssuer();
    closers.push(() => issuer.close());
    let isAsked = false;
    let answer: () => void = () => undefined;
    const mayAnswer = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const keys = await (await fetch(issuer.jwksUrl)).text();
    const slow = await startServer((_heard, response) => {
      isAsked = true;
      void mayAnswer.then(() => response.writeHead(200, { "content-type": "application/json" }).end(keys));
    });
    closers.push(() => slow.close());
    const identity = {
      issuers: [{ issuer: issuer.issuer, jwksUrl: slow.url, audience: "etalase" }],
      jwksTimeoutMs: 30_000,
    };
    const opened = await open({ identity, subscriptions: settings(1_000) });
    const headers = { authorization: `Bearer ${await issuer.sign({ sub: "late" })}` };
    const asked = fetch(opened.gateway.url, {
      method: "POST",
      headers: { "content-type": "application/json", accept: multipart, ...headers },
      body: JSON.stringify(watch),
    });
    await eventually(
      async () => isAsked,
      (is) => is,
    );
    await serve(opened, false);
    answer();
    const { status, body } = await readAnswer(await asked);
    expect([status, body.errors?.[0]?.extensions.code]).toEqual([400, "GRAPHQL_VALIDATION_FAILED"]);
    expect(opened.shop.videos.listeners).toBe(0);
  }, 60_000);
});
