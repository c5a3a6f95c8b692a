import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { eventually } from "../../journeys/eventually.ts";
import { type Collected, collect, socketClient, sseClient } from "../support/live-clients.ts";
import { type LiveShop, openLiveShop } from "../support/live-shop.ts";
import { post, readAnswer, startGateway, type TestGateway } from "../support/test-gateway.ts";
import { startIssuer, type TestIssuer } from "../support/test-issuer.ts";

let shop: LiveShop;
let issuer: TestIssuer;
let gateway: TestGateway;
const disposals: (() => void)[] = [];

beforeAll(async () => {
  shop = await openLiveShop();
  issuer = await startIssuer();
  gateway = await startGateway([shop.content, shop.goods], {
    identity: {
      issuers: [{ issuer: issuer.issuer, jwksUrl: issuer.jwksUrl, audience: "etalase" }],
      clockToleranceSeconds: 0,
    },
    limits: { documentTokens: 300, rootFields: 5 },
    subscriptions: {
      fields: { videoUpdated: { kind: "state" } },
      streamsPerConnection: 3,
      streamsPerIdentity: 2,
      heartbeatMs: 200,
    },
  });
}, 60_000);
afterEach(async () => {
  for (const dispose of disposals.splice(0)) dispose();
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

type Request = { query: string; variables?: Record<string, unknown> };
type Door = "sse, distinct connections" | "sse, single connection" | "websocket" | "multipart";
const allDoors: Door[] = ["sse, distinct connections", "sse, single connection", "websocket", "multipart"];

/** Subscribes with the real client of each protocol. */
function subscribe(door: Door, request: Request, token?: string): Collected {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  if (door === "multipart") {
    const client = new ApolloClient({ link: new HttpLink({ uri: gateway.url, headers }), cache: new InMemoryCache() });
    disposals.push(() => client.stop());
    const collected = collect((sink) => {
      const observable = client.subscribe({
        query: gql(request.query),
        variables: request.variables ?? {},
        errorPolicy: "all",
      });
      const subscription = observable.subscribe({
        next: ({ data, error, extensions }) =>
          sink.next({ data, extensions, ...(error === undefined ? {} : { error }) }),
        error: sink.error,
        complete: sink.complete,
      });
      return () => subscription.unsubscribe();
    });
    disposals.push(collected.stop);
    return collected;
  }
  const client =
    door === "websocket"
      ? socketClient(gateway.url, { connectionParams: headers })
      : sseClient(gateway.url, door === "sse, single connection", headers);
  const collected = collect((sink) => client.subscribe(request, sink));
  disposals.push(collected.stop, () => client.dispose());
  return collected;
}

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

/** Codes of the errors that a stream ended with, wherever its protocol carries them. */
function codesOf({ results, end }: Collected): unknown[] {
  const last = results.at(-1) as { errors?: unknown; error?: unknown } | undefined;
  const found = [last?.errors, (last?.error as { errors?: unknown } | undefined)?.errors, end?.error];
  const apollo = (end?.error as { errors?: unknown } | undefined)?.errors;
  return [...found, apollo]
    .flatMap((value) => (Array.isArray(value) ? value : []))
    .map((error: { extensions?: { code?: unknown } }) => error.extensions?.code);
}

const watch = {
  query:
    "subscription ($id: ID!) { changed: videoUpdated(id: $id) { __typename id title likes product { __typename id price } } }",
  variables: { id: "v1" },
};

describe.each(allDoors)("a stream over %s", (door) => {
  test("brings the state first and each change after it, completed by the other organisation", async () => {
    shop.change({ likes: 1 });
    shop.prices.set("p-v1", 1000);
    const stream = subscribe(door, watch);
    await untilResults(stream, 1);
    shop.prices.set("p-v1", 1500);
    shop.change({ likes: 2 });
    await untilResults(stream, 2);
    expect(stream.end).toBeUndefined();
    expect(stream.results.map(({ data }) => data)).toEqual([
      { changed: expect.objectContaining({ likes: 1, product: expect.objectContaining({ price: 1000 }) }) },
      { changed: expect.objectContaining({ likes: 2, product: expect.objectContaining({ price: 1500 }) }) },
    ]);
  });

  test("whose client leaves, leaves the organisation's stream at once", async () => {
    const stream = subscribe(door, watch);
    await untilResults(stream, 1);
    expect(shop.videos.listeners).toBe(1);
    stream.stop();
    await eventually(
      async () => shop.videos.listeners,
      (count) => count === 0,
    );
  });

  test("that its organisation completes, is completed", async () => {
    const stream = subscribe(door, watch);
    await untilResults(stream, 1);
    shop.videos.end();
    await untilEnd(stream);
    expect([stream.results.length, stream.end?.error]).toEqual([1, undefined]);
  });

  test("that its organisation refuses, ends with the masked reason", async () => {
    const stream = subscribe(door, { query: "subscription { forbidden }" });
    await untilEnd(stream);
    expect(JSON.stringify(stream)).not.toContain("hunter2");
    expect(codesOf(stream)).toContain("INTERNAL_SERVER_ERROR");
  });

  test("whose other organisation is down, lacks its fields and goes on", async () => {
    shop.goods.misbehave((_request, response) => void response.socket?.destroy());
    const stream = subscribe(door, watch);
    await untilResults(stream, 1);
    shop.goods.misbehave(undefined);
    shop.change({ likes: 3 });
    await untilResults(stream, 2);
    const [first, second] = stream.results.map(({ data }) => data?.changed as { product: unknown });
    expect(first?.product).toMatchObject({ id: "p-v1", price: null });
    expect(second?.product).toMatchObject({ id: "p-v1", price: shop.prices.get("p-v1") });
    expect(stream.end).toBeUndefined();
  });

  test("of a field that the schema lacks, is refused as a query is", async () => {
    const stream = subscribe(door, { query: "subscription { noSuchField }" });
    await untilEnd(stream);
    const text = JSON.stringify([stream.results, stream.end?.error, String(stream.end?.error)]);
    expect(text).toMatch(/GRAPHQL_VALIDATION_FAILED|status code 400/);
    expect(shop.content.streams.some(({ query }) => query.includes("noSuchField"))).toBe(false);
  });

  test("whose document is larger than a query's may be, is refused as a query is", async () => {
    const many = Array.from({ length: 200 }, (_, index) => `a${index}: title`).join(" ");
    const stream = subscribe(door, { query: `subscription { videoUpdated(id: "v1") { ${many} } }` });
    await untilEnd(stream);
    const text = JSON.stringify([stream.results, stream.end?.error, String(stream.end?.error)]);
    expect(text).toMatch(/BAD_USER_INPUT|status code 400/);
  });

  test("of a user whose token ends, ends so that the client knows what to do", async () => {
    const token = await issuer.sign({ exp: Math.floor(Date.now() / 1000) + 3, sub: `expiring ${door}` });
    const stream = subscribe(door, watch, token);
    await untilEnd(stream);
    expect(stream.results.length).toBeGreaterThan(0);
    if (door === "websocket") expect(stream.end?.error).toMatchObject({ code: 4403, reason: "IDENTITY_EXPIRED" });
    else expect(codesOf(stream)).toContain("IDENTITY_EXPIRED");
  });

  test("with a token that cannot be believed, is not begun", async () => {
    const before = shop.content.streams.length;
    const stream = subscribe(door, watch, "a.b.c");
    await untilEnd(stream);
    expect(stream.results.filter(({ data }) => data != null)).toEqual([]);
    expect(shop.content.streams.length).toBe(before);
  });

  test("beyond what one user may have open, is refused", async () => {
    const token = await issuer.sign({ sub: `greedy ${door}` });
    const streams = [subscribe(door, watch, token), subscribe(door, watch, token)];
    await Promise.all(streams.map((stream) => untilResults(stream, 1)));
    const third = subscribe(door, watch, token);
    await untilEnd(third);
    const text = JSON.stringify([third.results, third.end?.error, String(third.end?.error)]);
    expect(text).toMatch(/TOO_MANY_STREAMS|429/);
    expect(streams.map(({ end }) => end)).toEqual([undefined, undefined]);
  });
});

describe("the door of server-sent events", () => {
  const stream = (init: RequestInit, path = "") => fetch(`${gateway.url}/stream${path}`, init);

  test("a request that another site's page could send, is refused", async () => {
    const query = `?query=${encodeURIComponent("subscription { tick }")}`;
    const answer = await readAnswer(await stream({ headers: { accept: "text/event-stream" } }, query));
    expect([answer.status, answer.body.errors?.[0]?.extensions.code]).toEqual([400, "BAD_REQUEST"]);
  });

  test("a stream, is told to be alive while nothing happens", async () => {
    const abort = new AbortController();
    const response = await stream({
      method: "POST",
      headers: { "content-type": "application/json", accept: "text/event-stream" },
      body: JSON.stringify({ query: "subscription { tick }" }),
      signal: abort.signal,
    });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    expect(response.headers.get("x-correlation-id")).toBeTruthy();
    const reader = response.body?.getReader();
    let text = "";
    while ((text.match(/:\n\n/g) ?? []).length < 3) text += new TextDecoder().decode((await reader?.read())?.value);
    abort.abort();
    expect(text).toMatch(/^(:\n\n)+$/);
  });

  test("a query and a mutation, are answered over it", async () => {
    for (const [query, key] of [
      ["{ videos { id } }", "videos"],
      ['mutation { like(id: "v1") { video { id } } }', "like"],
    ]) {
      const answered = subscribe("sse, distinct connections", { query: query ?? "" });
      await untilEnd(answered);
      expect(Object.keys(answered.results[0]?.data ?? {})).toEqual([key]);
    }
  });

  test("a reserved stream, serves its own user alone", async () => {
    const headers = { authorization: `Bearer ${await issuer.sign({ sub: "owner" })}` };
    const token = await (await stream({ method: "PUT", headers })).text();
    const body = JSON.stringify({ query: "subscription { tick }", extensions: { operationId: "1" } });
    const init = { method: "POST", body };
    const plain = { "content-type": "application/json", "x-graphql-event-stream-token": token };
    const stranger = await stream({
      ...init,
      headers: { ...plain, authorization: `Bearer ${await issuer.sign({ sub: "other" })}` },
    });
    const nobody = await stream({ ...init, headers: plain });
    const owner = await stream({ ...init, headers: { ...plain, ...headers } });
    const twice = await stream({ ...init, headers: { ...plain, ...headers } });
    expect([stranger, nobody, owner, twice].map(({ status }) => status)).toEqual([403, 403, 202, 409]);
    const leave = (who: Record<string, string>) =>
      stream({ method: "DELETE", headers: { "x-graphql-event-stream-token": token, ...who } }, "?operationId=1");
    expect([(await leave({})).status, (await leave(headers)).status]).toEqual([403, 200]);
  });

  test("a token that nobody was given, opens nothing", async () => {
    const answer = await stream({ headers: { accept: "text/event-stream", "x-graphql-event-stream-token": "none" } });
    expect(answer.status).toBe(404);
  });
});

describe("the WebSocket door", () => {
  test("streams beyond what one connection may have, are refused and the others go on", async () => {
    const client = socketClient(gateway.url);
    disposals.push(() => client.dispose());
    const streams = [0, 1, 2].map(() => collect((sink) => client.subscribe(watch, sink)));
    await Promise.all(streams.map((one) => untilResults(one, 1)));
    const more = collect((sink) => client.subscribe(watch, sink));
    await untilEnd(more);
    expect(codesOf(more)).toContain("TOO_MANY_STREAMS");
    expect(streams.map(({ end }) => end)).toEqual([undefined, undefined, undefined]);
  });

  test("a query, is answered over it", async () => {
    const answered = subscribe("websocket", { query: "{ videos { id product { price } } }" });
    await untilEnd(answered);
    expect(answered.results[0]?.data).toHaveProperty("videos");
  });
});

describe("the usual door", () => {
  test("a subscription of a client that takes no streams, is refused there", async () => {
    const { status, body } = await post(gateway.url, "subscription { tick }");
    expect([status, body.errors?.[0]?.extensions.code]).toEqual([400, "BAD_REQUEST"]);
  });
});
