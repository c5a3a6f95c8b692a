import { type IncomingMessage, request } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { eventually } from "../../journeys/eventually.ts";
import { type LiveShop, openLiveShop } from "../support/live-shop.ts";
import { readAnswer, startGateway, type TestGateway } from "../support/test-gateway.ts";
import { startIssuer, type TestIssuer } from "../support/test-issuer.ts";

const mostOperations = 20;
const mostStreams = 3;
let shop: LiveShop;
let issuer: TestIssuer;
let gateway: TestGateway;
const closers: (() => void)[] = [];

beforeAll(async () => {
  shop = await openLiveShop();
  issuer = await startIssuer();
  gateway = await startGateway([shop.content, shop.goods], {
    identity: { issuers: [{ issuer: issuer.issuer, jwksUrl: issuer.jwksUrl, audience: "etalase" }] },
    subscriptions: {
      fields: { videoUpdated: { kind: "state" } },
      streamsPerConnection: mostOperations,
      streamsPerAddress: mostStreams,
      streamsPerIdentity: mostStreams,
    },
  });
}, 60_000);
afterEach(async () => {
  for (const close of closers.splice(0)) close();
  await eventually(
    async () => shop.videos.listeners + shop.ticks.listeners,
    (count) => count === 0,
  );
});
afterAll(async () => {
  await gateway.close();
  await shop.close();
  await issuer.close();
});

type HeaderMap = Record<string, string>;
const eventStream = { accept: "text/event-stream" };
const ask = (init: RequestInit, path = "") => fetch(`${gateway.url}/stream${path}`, init);
const reserve = async (headers: HeaderMap = {}) => ({
  "x-graphql-event-stream-token": await (await ask({ method: "PUT", headers })).text(),
});

function run(query: string, operationId: string, headers: HeaderMap): Promise<Response> {
  const body = JSON.stringify({ query, extensions: { operationId } });
  return ask({ method: "POST", headers: { "content-type": "application/json", ...headers }, body });
}

/** Opens a stream that the test reads when it wants to; answers how to leave it. */
function open(headers: HeaderMap): Promise<{ response: IncomingMessage; leave: () => void }> {
  return new Promise((resolve, reject) => {
    const sent = request(`${gateway.url}/stream`, { headers: { ...eventStream, ...headers } }, (response) => {
      response.on("error", () => undefined);
      const leave = () => void sent.destroy();
      closers.push(leave);
      resolve({ response, leave });
    });
    sent.on("error", reject);
    sent.end();
  });
}

describe("a reserved stream whose client does not read", () => {
  test("takes so many operations and no more, answers none ahead of its client, and all when it reads", async () => {
    shop.change({ title: "x".repeat(200_000) });
    const token = await reserve();
    const { response } = await open(token);
    const query = `{ videos { ${Array.from({ length: 10 }, (_, index) => `a${index}: title`).join(" ")} } }`;
    const before = shop.content.received.length;
    const taken = await Promise.all(
      Array.from({ length: mostOperations + 15 }, (_, index) => run(query, String(index), token)),
    );
    const counts = [202, 429].map((status) => taken.filter((answer) => answer.status === status).length);
    // One that is answered before the last has come makes room for another.
    expect(counts[1]).toBeGreaterThan(0);
    expect((counts[0] ?? 0) + (counts[1] ?? 0)).toBe(taken.length);
    const refused = taken.find(({ status }) => status === 429);
    expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(shop.content.received.length - before).toBeLessThan(mostOperations / 2);
    let text = "";
    response.on("data", (chunk) => {
      text += String(chunk);
    });
    await eventually(
      async () => text.match(/event: complete/g)?.length,
      (completed) => completed === counts[0],
      20_000,
    );
    shop.change({ title: "Batik tulis" });
    expect((await run("{ videos { id } }", "later", token)).status).toBe(202);
  }, 60_000);

  test("an operation that its client has ended, counts until it has come to its end", async () => {
    const token = await reserve();
    const statuses: number[] = [];
    for (let index = 0; index < mostOperations + 1; index += 1) {
      statuses.push((await run("{ videos { id } }", "1", token)).status);
      await ask({ method: "DELETE", headers: token }, "?operationId=1");
    }
    // Nobody has opened it: nothing was run, nothing has come to its end.
    expect(statuses.filter((status) => status === 429).length).toBe(1);
  });
});

describe("event streams of one address or user", () => {
  test("reserved and open, are counted together, and again free when they are left", async () => {
    const tokens = [await reserve(), await reserve()];
    const opened = await Promise.all(tokens.map(open));
    const distinct = await open({ "content-type": "application/json", ...(await reserve()) });
    const refused = await readAnswer(await ask({ method: "PUT" }));
    expect([refused.status, refused.body.errors?.[0]?.extensions.code]).toEqual([429, "TOO_MANY_STREAMS"]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    const query = `${gateway.url}/stream?query=${encodeURIComponent("{ videos { id } }")}`;
    const one = await fetch(query, { headers: { ...eventStream, "apollo-require-preflight": "1" } });
    expect(one.status).toBe(429);
    const headers = { authorization: `Bearer ${await issuer.sign({ sub: "counted" })}` };
    const own = await Promise.all([1, 2, 3, 4].map(() => ask({ method: "PUT", headers })));
    expect(own.map(({ status }) => status).sort()).toEqual([201, 201, 201, 429]);
    for (const { leave } of [...opened, distinct]) leave();
    await eventually(
      async () => (await ask({ method: "PUT" })).status,
      (status) => status === 201,
    );
  });
});

describe("a stream that a user has reserved", () => {
  test("is opened, run and ended by that user alone, whoever has its token", async () => {
    const owner = { authorization: `Bearer ${await issuer.sign({ sub: "owner" })}` };
    const stranger = { authorization: `Bearer ${await issuer.sign({ sub: "stranger" })}` };
    const token = await reserve(owner);
    const watch = "subscription { tick }";
    expect((await run(watch, "1", { ...token, ...owner })).status).toBe(202);
    const others: HeaderMap[] = [{}, stranger];
    for (const who of others) {
      const headers = { ...token, ...who };
      const opened = await readAnswer(await ask({ headers: { ...headers, ...eventStream } }));
      const ended = await ask({ method: "DELETE", headers }, "?operationId=1");
      const begun = await run(watch, "2", headers);
      expect([opened.status, ended.status, begun.status]).toEqual([403, 403, 403]);
      expect(opened.body.errors?.[0]?.extensions.code).toBe("FORBIDDEN");
    }
    const byAddress = await ask({ headers: eventStream }, `?token=${token["x-graphql-event-stream-token"]}`);
    expect(byAddress.status).toBe(403);
    const { response } = await open({ ...token, ...owner });
    expect(response.statusCode).toBe(200);
    const again = await ask({ headers: { ...token, ...owner, ...eventStream } });
    expect(again.status).toBe(409);
    expect((await ask({ method: "DELETE", headers: { ...token, ...owner } }, "?operationId=1")).status).toBe(200);
  });

  test("a token that nobody was given, is told how to get one", async () => {
    const headers = { "x-graphql-event-stream-token": "none" };
    const { status, body } = await readAnswer(await ask({ headers: { ...headers, ...eventStream } }));
    expect([status, body.errors?.[0]?.extensions.code]).toEqual([404, "NOT_FOUND"]);
    expect(body.errors?.[0]?.message).toContain("PUT");
  });
});
