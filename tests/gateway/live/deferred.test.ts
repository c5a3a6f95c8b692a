import { setTimeout as delay } from "node:timers/promises";
import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { Defer20220824Handler, GraphQL17Alpha9Handler } from "@apollo/client/incremental";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { readAcceptedParts } from "../../../gateway/live/doors/multipart-door.ts";
import { type LiveShop, openLiveShop } from "../support/live-shop.ts";
import { post, startGateway, type TestGateway } from "../support/test-gateway.ts";

let shop: LiveShop;
let gateway: TestGateway;

beforeAll(async () => {
  shop = await openLiveShop();
  gateway = await startGateway([shop.content, shop.goods]);
}, 60_000);
beforeEach(() => {
  shop.slowGoodsMs = 0;
  shop.goods.misbehave(undefined);
  shop.goods.received.length = 0;
});
afterAll(async () => {
  await gateway.close();
  await shop.close();
});

const formats = { "deferSpec=20220824": Defer20220824Handler, "incrementalSpec=v0.2": GraphQL17Alpha9Handler } as const;
type Format = keyof typeof formats;
const allFormats = Object.keys(formats) as Format[];

const browse = `
  query ($isLater: Boolean = true) {
    videos {
      id title
      ... @defer(if: $isLater, label: "goods") { product { id price ... @defer(label: "maker") { maker { id name } } } }
    }
  }`;

/** The parts of an answer, as they came over the wire. */
async function parts(query: string, format: string, variables: object = {}): Promise<Record<string, unknown>[]> {
  const response = await fetch(gateway.url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: `multipart/mixed;${format}` },
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  if (!response.headers.get("content-type")?.startsWith("multipart/mixed")) return [JSON.parse(text)];
  expect(response.headers.get("content-type")).toContain(format);
  expect(text.endsWith("\r\n-----\r\n")).toBe(true);
  return text
    .split("\r\n---")
    .slice(1, -1)
    .map((part) => JSON.parse(part.slice(part.indexOf("\r\n\r\n"))));
}

interface Seen {
  readonly data: unknown;
  readonly state: string;
  readonly error: unknown;
  readonly atMs: number;
}

/** What a component of Apollo Client's would be shown, step by step. */
async function watch(format: Format, query: string): Promise<readonly Seen[]> {
  const Handler = formats[format];
  const client = new ApolloClient({
    link: new HttpLink({ uri: gateway.url }),
    cache: new InMemoryCache(),
    incrementalHandler: new Handler(),
  });
  const seen: Seen[] = [];
  const startedAt = performance.now();
  await new Promise<void>((resolve, reject) => {
    const observable = client.watchQuery({ query: gql(query), errorPolicy: "all" });
    observable.subscribe({
      next: ({ data, dataState, error, loading }) => {
        if (dataState !== "empty") seen.push({ data, state: dataState, error, atMs: performance.now() - startedAt });
        if (!loading && dataState === "complete") resolve();
        if (dataState !== "streaming" && error !== undefined) resolve();
      },
      error: reject,
    });
  });
  client.stop();
  return seen;
}

describe.each(allFormats)("@defer with %s", (format) => {
  test("the first part, does not wait for the organisation of what is deferred", async () => {
    shop.slowGoodsMs = 400;
    const seen = await watch(format, browse);
    expect(seen.map(({ state }) => state)).toEqual(["streaming", "streaming", "complete"]);
    expect(seen[0]?.data).toEqual({
      videos: [
        { __typename: "Video", id: "v1", title: "Batik tulis" },
        { __typename: "Video", id: "v2", title: "Kopi Gayo" },
      ],
    });
    expect(seen[0]?.atMs).toBeLessThan((seen[1]?.atMs ?? 0) - 200);
    expect(seen.at(-1)?.data).toMatchObject({
      videos: [
        { product: { price: 1000, maker: { name: "Bu Sri" } } },
        { product: { price: 2000, maker: { name: "Bu Sri" } } },
      ],
    });
  });

  test("the organisation of what is deferred being down, costs the part its fields", async () => {
    shop.goods.misbehave((_request, response) => void response.socket?.destroy());
    const answered = await parts(browse, format);
    expect(answered[0]).toMatchObject({ data: { videos: [{ id: "v1" }, { id: "v2" }] }, hasNext: true });
    expect(answered[0]).not.toHaveProperty("errors");
    const incremental = answered.flatMap((part) => (part.incremental ?? []) as Record<string, unknown>[]);
    const errors = incremental.flatMap(
      (part) => (part.errors ?? []) as { path: unknown; extensions: { code: string } }[],
    );
    expect(incremental[0]?.data).toEqual({ product: { id: "p-v1", price: null } });
    expect(errors.map(({ extensions }) => extensions.code)).toContain("SUBGRAPH_UNAVAILABLE");
    expect(errors.map(({ path }) => path)).toContainEqual(["videos", 0, "product"]);
    expect(answered.at(-1)).toMatchObject({ hasNext: false });
  });

  test("a mutation's payload, is deferred, and the mutation is carried out once", async () => {
    const before = (await gateway.query('{ video(id: "v1") { likes } }')).body.data?.video as { likes: number };
    const answered = await parts(
      `mutation { like(id: "v1") { video { id likes ... @defer { product { price } } } } }`,
      format,
    );
    expect(answered[0]).toMatchObject({
      data: { like: { video: { id: "v1", likes: before.likes + 1 } } },
      hasNext: true,
    });
    expect(JSON.stringify(answered[1])).toContain('"product":{"price":1000}');
    const after = (await gateway.query('{ video(id: "v1") { likes } }')).body.data?.video as { likes: number };
    expect(after.likes).toBe(before.likes + 1);
  });

  test("a variable that switches it off, gives what is not deferred in the first part", async () => {
    const answered = await parts(browse, format, { isLater: false });
    expect(answered[0]).toMatchObject({
      data: { videos: [{ product: { price: 1000 } }, { product: { price: 2000 } }] },
    });
    const all = await parts(browse.replace('@defer(label: "maker")', ""), format, { isLater: false });
    expect(all.length === 1 || all[0]?.hasNext === false).toBe(true);
  });

  test("an object that is null, has no later part", async () => {
    const answered = await parts(
      `{ product(id: "p-none") { price ... @defer { maker { name } } } missing: video(id: "v9") { id } }`,
      format,
    );
    expect(answered.at(-1)).toMatchObject({ hasNext: false });
  });

  test("introspection in a part of the root, is answered with it", async () => {
    const query = `{ __schema { queryType { name } } ... @defer { __schema { queryType { name } } videos { id } } }`;
    const text = JSON.stringify(await parts(query, format));
    expect(text.split('"__schema":{"queryType":{"name":"Query"}}').length).toBe(3);
  });

  test.each([
    ["a query", browse, true],
    ["a mutation", `mutation { like(id: "v1") { video { id ... @defer { product { id price } } } } }`, false],
  ])("a client of %s that leaves, has what it waits for cancelled: only a query's", async (_, query, isCancelled) => {
    let tellAsked: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      tellAsked = resolve;
    });
    let isAbandoned = false;
    let answer: () => void = () => undefined;
    shop.goods.misbehave((_request, response) => {
      response.on("close", () => {
        isAbandoned ||= !response.writableFinished;
      });
      answer = () => response.end('{"data":{"_entities":[{"__typename":"Product","price":1}]}}');
      tellAsked();
    });
    const leaving = new AbortController();
    const response = await fetch(gateway.url, {
      method: "POST",
      headers: { "content-type": "application/json", accept: `multipart/mixed;${format}` },
      body: JSON.stringify({ query }),
      signal: leaving.signal,
    });
    await asked;
    await response.body?.getReader().read();
    leaving.abort();
    await delay(500);
    expect(isAbandoned).toBe(isCancelled);
    answer();
  });

  test("a named fragment that stands at two places, is delivered at both", async () => {
    const query = `{ a: video(id: "v1") { ...P @defer } b: videos { ...P @defer(label: "b") } } fragment P on Video { title product { price } }`;
    const answered = await parts(query, format);
    const text = JSON.stringify(answered);
    expect(answered[0]).toMatchObject({ data: { a: {}, b: [{}, {}] } });
    expect((text.match(/"title":/g) ?? []).length).toBe(3);
  });

  test("aliases and arguments of a client, are those of its answer", async () => {
    const query = `{ id: videos { __typename name: title ... on Video @defer { price: likes goods: products { __typename cost: price } } } }`;
    const seen = await watch(format, query);
    expect(seen.at(-1)?.data).toMatchObject({
      id: [{ name: "Batik tulis", goods: [{ cost: 1000 }, { cost: null }] }, { name: "Kopi Gayo" }],
    });
  });
});

describe("the newer format", () => {
  test("each part, is announced before it comes and completed once", async () => {
    const answered = await parts(browse, "incrementalSpec=v0.2");
    const announced = answered.flatMap((part) => ((part.pending ?? []) as { id: string }[]).map(({ id }) => id));
    const completed = answered.flatMap((part) => ((part.completed ?? []) as { id: string }[]).map(({ id }) => id));
    expect(announced.length).toBe(4);
    expect([...completed].sort()).toEqual([...announced].sort());
    expect(answered[0]?.pending).toContainEqual({ id: "1", path: ["videos", 0], label: "goods" });
  });
});

describe("an Accept header", () => {
  test.each([
    ["multipart/mixed;constructor", undefined],
    ["application/json, multipart/mixed;deferSpec=20220824;q=0", undefined],
    ["multipart/mixed;incrementalSpec=v0.2;q=0, multipart/mixed;deferSpec=20220824", "20220824"],
    ['multipart/mixed;deferSpec="20220824";q=0.5', "20220824"],
    ["multipart/mixed;incrementalSpec=v0.2, multipart/mixed;deferSpec=20220824", "v0.2"],
  ])("%s, means the format %s", (accept, format) => {
    expect(readAcceptedParts(accept).deferFormat).toBe(format);
  });
});

describe("a document with @defer", () => {
  test("of a client that takes no parts, is answered whole as JSON", async () => {
    const answer = await gateway.query(browse);
    expect(answer.headers.get("content-type")).toContain("application/json");
    expect(answer.body.errors).toBeUndefined();
    expect(answer.body.data).toMatchObject({
      videos: [{ product: { maker: { name: "Bu Sri" } } }, { product: { price: 2000 } }],
    });
  });

  test("that defers a mutation's root field or uses a label twice, is refused", async () => {
    const wrong = [
      `mutation { ... @defer { like(id: "v1") { video { id } } } }`,
      `{ videos { ... @defer(label: "a") { id } ... @defer(label: "a") { title } } }`,
      `subscription { videoUpdated(id: "v1") { ... @defer { title } } }`,
    ];
    for (const query of wrong) {
      const { body } = await post(gateway.url, query, {
        headers: { accept: "multipart/mixed;deferSpec=20220824, application/json" },
      });
      expect(body.errors?.[0]?.extensions.code).toBe("GRAPHQL_VALIDATION_FAILED");
    }
  });

  test("with a wrong variable, is refused as one answer", async () => {
    const { status, body } = await post(gateway.url, browse, {
      variables: { isLater: "perhaps" },
      headers: { accept: "multipart/mixed;deferSpec=20220824, application/json" },
    });
    expect([status, body.errors?.[0]?.extensions.code]).toEqual([400, "BAD_USER_INPUT"]);
  });
});
