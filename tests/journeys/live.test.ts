import { randomUUID } from "node:crypto";
import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client";
import { Defer20220824Handler } from "@apollo/client/incremental";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { print } from "graphql";
import { createClient as createSseClient } from "graphql-sse";
import { createClient as createSocketClient } from "graphql-ws";
import pg from "pg";
import { WebSocket } from "ws";
import { deterministicId } from "../../platform/runtime/ids.ts";
import {
  BrowseDeferredDocument,
  type BrowseDeferredQuery,
  LiveSessionDocument,
  type LiveSessionSubscription,
  OrderLiveDocument,
  type OrderLiveSubscription,
} from "../../schema/generated/operations.ts";
import { useSupergraph } from "../support/supergraph.ts";
import { eventually } from "./eventually.ts";
import { sandboxProvider } from "./provider.ts";
import { createShopper, type Offer, onlyOrder, type Shopper } from "./shopper.ts";

const supergraph = useSupergraph();
const deadlineMs = 30_000;
let shopper: Shopper;
let chosen: Offer;
let commerce: pg.Pool;
const disposals: (() => void)[] = [];

beforeAll(async () => {
  commerce = new pg.Pool({ connectionString: supergraph().databases.commerce.superuserUrl, max: 1 });
  commerce.on("error", () => undefined);
  shopper = await createShopper(supergraph(), "buyer-1");
  const found = (await shopper.offers()).find((offer) => offer.availableStock > 5);
  if (found === undefined) throw new Error("the feed offers nothing with stock");
  chosen = found;
}, 60_000);
afterEach(() => {
  for (const dispose of disposals.splice(0)) dispose();
});
afterAll(async () => {
  await commerce.end();
});

interface Event<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly unknown[];
  readonly extensions?: { readonly gap?: { readonly reasons: readonly string[] } };
}

/** Subscribes over WebSocket as a user. */
async function watchOrder(orderId: string, user: string): Promise<Event<OrderLiveSubscription>[]> {
  const token = await supergraph().token(user);
  const client = createSocketClient({
    url: supergraph().urls.graphql.replace(/^http/, "ws"),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
  });
  disposals.push(() => void client.dispose());
  const events: Event<OrderLiveSubscription>[] = [];
  const query = print(OrderLiveDocument);
  client.subscribe<OrderLiveSubscription>(
    { query, variables: { orderId } },
    {
      next: (event) => void events.push(event as never),
      error: (error) => void events.push({ errors: [error] }),
      complete: () => undefined,
    },
  );
  return events;
}

/** Subscribes over multipart as a user, as Apollo Client does by itself. */
async function watchOrderByApollo(orderId: string, user: string): Promise<Event<OrderLiveSubscription>[]> {
  const headers = { authorization: `Bearer ${await supergraph().token(user)}` };
  const client = new ApolloClient({
    link: new HttpLink({ uri: supergraph().urls.graphql, headers }),
    cache: new InMemoryCache(),
  });
  const events: Event<OrderLiveSubscription>[] = [];
  const subscription = client.subscribe({ query: OrderLiveDocument, variables: { orderId } }).subscribe({
    next: ({ data, error }) => void events.push(error === undefined ? ({ data } as never) : { errors: [error] }),
    error: (error) => void events.push({ errors: [error] }),
  });
  disposals.push(() => {
    subscription.unsubscribe();
    client.stop();
  });
  return events;
}

/** Subscribes over server-sent events as nobody. */
function watchSession(liveSessionId: string): Event<LiveSessionSubscription>[] {
  const client = createSseClient({ url: `${supergraph().urls.graphql}/stream` });
  disposals.push(() => client.dispose());
  const events: Event<LiveSessionSubscription>[] = [];
  const query = print(LiveSessionDocument);
  client.subscribe<LiveSessionSubscription>(
    { query, variables: { liveSessionId } },
    {
      next: (event) => void events.push(event as never),
      error: (error) => void events.push({ errors: [error] }),
      complete: () => undefined,
    },
  );
  return events;
}

const untilLast = <Data>(events: Event<Data>[], isWanted: (event: Event<Data>) => boolean) =>
  eventually(
    async () => events.at(-1),
    (event) => event !== undefined && isWanted(event),
    deadlineMs,
  );

describe("an order that is watched", () => {
  test.each([
    ["graphql-ws", watchOrder],
    ["Apollo Client's multipart", watchOrderByApollo],
  ])(
    "by %s, is seen to turn paid while it is paid at the bank, with the storefront's video on each event",
    async (_, watch) => {
      const purchase = await shopper.buy(chosen);
      const order = onlyOrder(purchase);
      const events = await watch(order.id, "buyer-1");
      const first = await untilLast(events, ({ data }) => data?.orderUpdated != null);
      expect(first?.data?.orderUpdated).toMatchObject({
        id: order.id,
        lines: [{ attributedTo: { video: { id: chosen.videoId, title: expect.stringMatching(/\w/) } } }],
      });
      await sandboxProvider(supergraph(), "bank-cendana").pay(purchase.payment.id);
      const paid = await untilLast(events, ({ data }) => data?.orderUpdated?.payment.status === "PAID");
      expect(paid?.data?.orderUpdated).toMatchObject({
        payment: { status: "PAID", paidAt: expect.any(String) },
        lines: [{ attributedTo: { video: { id: chosen.videoId, title: expect.stringMatching(/\w/) } } }],
      });
      expect(events.flatMap(({ errors }) => errors ?? [])).toEqual([]);
    },
    90_000,
  );

  test("of somebody else, is not to be seen", async () => {
    const purchase = await shopper.buy(chosen);
    const events = await watchOrder(onlyOrder(purchase).id, "buyer-2");
    await untilLast(events, ({ errors }) => errors !== undefined);
    expect(JSON.stringify(events)).toContain("NOT_FOUND");
    expect(events.filter(({ data }) => data?.orderUpdated != null)).toEqual([]);
  }, 60_000);

  test("goes on when the storefront is killed: its fields are missing, then back", async () => {
    const purchase = await shopper.buy(chosen);
    const events = await watchOrder(onlyOrder(purchase).id, "buyer-1");
    await untilLast(events, ({ data }) => data?.orderUpdated != null);
    await supergraph().kill("storefront", "SIGKILL");
    await sandboxProvider(supergraph(), "bank-cendana").pay(purchase.payment.id);
    const paid = await untilLast(events, ({ data }) => data?.orderUpdated?.payment.status === "PAID");
    expect(paid?.data?.orderUpdated?.lines[0]?.attributedTo?.video?.title ?? null).toBeNull();
    expect(JSON.stringify(paid?.errors)).toContain("SUBGRAPH_UNAVAILABLE");
    await supergraph().restart("storefront");
  }, 120_000);
});

const register = `mutation { registerCreator(input: { handle: "malam.batik", displayName: "Malam Batik" }) {
  ... on RegisterCreatorSuccess { creator { id } } ... on UserError { code message } } }`;
const start = `mutation { startLiveSession(input: { title: "Malam batik" }) {
  ... on StartLiveSessionSuccess { liveSession { id } } ... on UserError { code message } } }`;
const pin = `mutation ($input: PinProductInput!) { pinProduct(input: $input) {
  ... on PinProductSuccess { liveSession { id } } ... on UserError { code message } } }`;
const like = `mutation ($id: ID!) { likeLiveSession(input: { liveSessionId: $id }) {
  ... on LikeLiveSessionSuccess { liveSession { likeCount } } ... on UserError { code message } } }`;

async function openSession(productId = chosen.productId): Promise<string> {
  const creator = await supergraph().client("buyer-5");
  await creator.data(register);
  const started = await creator.data<{ startLiveSession: { liveSession: { id: string } } }>(start);
  const { id } = started.startLiveSession.liveSession;
  await creator.data(pin, { input: { liveSessionId: id, productId } });
  return id;
}

describe("a live session that is watched", () => {
  test("shows likes, and the pinned product's price as commerce has it at each event", async () => {
    const id = await openSession();
    const events = watchSession(id);
    const first = await untilLast(events, ({ data }) => data?.liveSessionUpdated?.pinnedItem?.product?.price != null);
    const before = Number(first?.data?.liveSessionUpdated?.pinnedItem?.product?.price.amount);
    await commerce.query("UPDATE variant SET price_minor = price_minor + 500000 WHERE product_id = $1", [
      chosen.productId,
    ]);
    await (await supergraph().client("buyer-3")).data(like, { id });
    const liked = await untilLast(events, ({ data }) => data?.liveSessionUpdated?.likeCount === 1);
    expect(Number(liked?.data?.liveSessionUpdated?.pinnedItem?.product?.price.amount)).toBe(before + 5_000);
  }, 90_000);

  test("shows the pinned product's price as soon as its seller changes it, without anything else", async () => {
    const { rows } = await commerce.query<{ id: string; product_id: string }>(
      "SELECT v.id, v.product_id FROM variant v JOIN product p ON p.id = v.product_id WHERE p.shop_id = $1 LIMIT 1",
      [deterministicId("shop", 0)],
    );
    const [offered] = rows;
    const events = watchSession(await openSession(offered?.product_id));
    await untilLast(events, ({ data }) => data?.liveSessionUpdated?.pinnedItem?.product?.price != null);
    const seller = await supergraph().client("demo-seller");
    const changed = await seller.data<{ changePrice: { __typename: string } }>(
      `mutation ($input: ChangePriceInput!) { changePrice(input: $input) { __typename ... on UserError { code message } } }`,
      { input: { idempotencyKey: randomUUID(), variantId: offered?.id, price: "1000.00" } },
    );
    expect(changed.changePrice.__typename).toBe("ChangePriceSuccess");
    await untilLast(events, ({ data }) => data?.liveSessionUpdated?.pinnedItem?.product?.price.amount === "1000.00");
  }, 90_000);

  test("counts everybody who watches, signed in or not, through the gateway's shared stream, as they come and go", async () => {
    const id = await openSession();
    const streams: { events: Event<LiveSessionSubscription>[]; leave: () => void }[] = [];
    for (let count = 1; count <= 6; count += 1) {
      const client = createSocketClient({
        url: supergraph().urls.graphql.replace(/^http/, "ws"),
        webSocketImpl: WebSocket,
      });
      disposals.push(() => void client.dispose());
      const events: Event<LiveSessionSubscription>[] = [];
      const leave = client.subscribe<LiveSessionSubscription>(
        { query: print(LiveSessionDocument), variables: { liveSessionId: id } },
        { next: (event) => void events.push(event as never), error: () => undefined, complete: () => undefined },
      );
      streams.push({ events, leave });
      const first = await eventually(
        async () => events[0],
        (event) => event !== undefined,
        deadlineMs,
      );
      expect(first?.data?.liveSessionUpdated?.viewerCount).toBe(count);
    }
    for (const { leave } of streams.slice(0, 4)) leave();
    await untilLast(streams[5]?.events ?? [], ({ data }) => data?.liveSessionUpdated?.viewerCount === 2);
    const counts = streams.flatMap(({ events }) =>
      events.map(({ data }) => data?.liveSessionUpdated?.viewerCount ?? 0),
    );
    expect(Math.max(...counts)).toBe(6);
  }, 90_000);

  test("comes back with its state when the storefront was killed, and the client is told of the gap", async () => {
    const id = await openSession();
    const events = watchSession(id);
    await untilLast(events, ({ data }) => data?.liveSessionUpdated != null);
    await supergraph().kill("storefront", "SIGKILL");
    await supergraph().restart("storefront");
    const back = await eventually(
      async () => events.find(({ extensions }) => extensions?.gap !== undefined),
      (event) => event !== undefined,
      deadlineMs,
    );
    expect(back?.extensions?.gap?.reasons).toContain("upstream-lost");
    expect(back?.data?.liveSessionUpdated?.id).toBe(id);
  }, 120_000);
});

describe("a feed in parts", () => {
  test("shows its videos while commerce stands still, and the prices when it goes on", async () => {
    const client = new ApolloClient({
      link: new HttpLink({ uri: supergraph().urls.graphql }),
      cache: new InMemoryCache(),
      incrementalHandler: new Defer20220824Handler(),
    });
    disposals.push(() => client.stop());
    const seen: { data: unknown; state: string }[] = [];
    const { commerce: pid } = supergraph().pids();
    if (pid === undefined) throw new Error("commerce does not run");
    process.kill(pid, "SIGSTOP");
    try {
      client.watchQuery<BrowseDeferredQuery>({ query: BrowseDeferredDocument }).subscribe({
        next: ({ data, dataState }) => {
          if (dataState !== "empty") seen.push({ data, state: dataState });
        },
      });
      await eventually(
        async () => seen.length,
        (count) => count > 0,
        4_000 + deadlineMs,
      );
      const [first] = seen as { data: BrowseDeferredQuery }[];
      expect(first?.data.feed?.nodes[0]).toMatchObject({
        title: expect.stringMatching(/\w/),
        creator: { id: expect.any(String) },
      });
      expect(JSON.stringify(seen)).not.toContain('"amount"');
    } finally {
      process.kill(pid, "SIGCONT");
    }
    await eventually(
      async () => seen.at(-1)?.state,
      (state) => state === "complete",
      deadlineMs,
    );
    expect(JSON.stringify(seen.at(-1))).toMatch(/"amount":"\d+\.\d{2}"/);
  }, 90_000);

  test("a mutation's payload, brings what is deferred after the mutation is done", async () => {
    const token = await supergraph().token("buyer-4");
    const query = `mutation ($id: ID!) { likeVideo(input: { videoId: $id }) { ... on LikeVideoSuccess {
      video { id likeCount ... @defer { showcase { product { title price { amount } } } } } } } }`;
    const response = await fetch(supergraph().urls.graphql, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "multipart/mixed;incrementalSpec=v0.2, application/json",
        authorization: `Bearer ${token}`,
      },
      body: JSON.stringify({ query, variables: { id: chosen.videoId } }),
    });
    const parts = (await response.text()).split("\r\n---").slice(1, -1);
    const [first, ...others] = parts.map((part) => JSON.parse(part.slice(part.indexOf("\r\n\r\n"))));
    expect(first).toMatchObject({ data: { likeVideo: { video: { id: chosen.videoId } } }, hasNext: true });
    expect(JSON.stringify(first)).not.toContain("amount");
    expect(JSON.stringify(others)).toMatch(/"amount":"\d+\.\d{2}"/);
    expect(others.at(-1)?.hasNext).toBe(false);
  }, 60_000);
});
