import { request as httpRequest } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { openShop, type Shop } from "../support/shop.ts";
import { startGateway, type TestGateway } from "../support/test-gateway.ts";

let shop: Shop;
let gateway: TestGateway;
beforeAll(async () => {
  shop = await openShop();
  gateway = await startGateway([shop.content, shop.goods]);
});
afterEach(() => {
  shop.content.misbehave(undefined);
  shop.goods.misbehave(undefined);
  shop.content.received.length = 0;
  shop.goods.received.length = 0;
});
afterAll(async () => {
  await gateway.close();
  await shop.close();
});

const patienceMs = 25_000;

/** Waits for a fact. */
async function until(fact: () => boolean): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!fact()) {
    if (Date.now() > deadline) throw new Error("what was waited for did not come about");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Sends an operation; the client can hang up before it is answered. */
function send(query: string, headers: Record<string, string> = {}) {
  const request = httpRequest(gateway.url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
  });
  request.on("error", () => undefined);
  request.end(JSON.stringify({ query }));
  return { hangUp: () => request.destroy() };
}

/** Makes the content subgraph hold its answers; tells which of its requests were cut off by the gateway. */
function hold() {
  const state = { cut: 0, release: [] as (() => void)[] };
  shop.content.misbehave((_, response) => {
    response.on("close", () => {
      if (!response.writableFinished) state.cut += 1;
    });
    return new Promise((resolve) => {
      state.release.push(() => {
        response.writeHead(200, { "content-type": "application/json" });
        response.end(
          '{"data":{"videos":[{"__typename":"Video","id":"v1","product":{"id":"p1"}}],"motto":"x","like":{"id":"v1"}}}',
        );
        resolve();
      });
    });
  });
  return state;
}

describe("a client that hangs up", () => {
  test("during a query, ends the requests that were sent for it, and sends no more", async () => {
    const held = hold();
    const client = send("{ videos { product { name } } }");
    await until(() => shop.content.received.length === 1);
    client.hangUp();
    await until(() => held.cut === 1);
    expect(shop.goods.received).toHaveLength(0);
  });

  test("during a query that another client also asked for, leaves the request to the other", async () => {
    const held = hold();
    const leaving = send("{ motto }");
    await until(() => shop.content.received.length === 1);
    const staying = gateway.query("{ motto }");
    const shared = async () => (await gateway.metric("gateway_answers_shared_total")) > 0;
    for (const deadline = Date.now() + patienceMs; !(await shared()); )
      if (Date.now() > deadline) throw new Error("not shared");
    leaving.hangUp();
    held.release[0]?.();
    expect((await staying).body).toEqual({ data: { motto: "x" } });
    expect([held.cut, shop.content.received.length]).toEqual([0, 1]);
  });

  test("during a mutation, stops neither it nor what comes after it", async () => {
    const held = hold();
    const before = shop.done.length;
    const client = send('mutation { like(id: "v1") { id } addToCart(id: "p1") { items } checkout { id } }');
    await until(() => shop.content.received.length === 1);
    client.hangUp();
    // The gateway has noticed once it would have counted the request as ended.
    await new Promise((resolve) => setTimeout(resolve, 100));
    held.release[0]?.();
    await until(() => shop.done.length === before + 2);
    expect([held.cut, shop.done.slice(before)]).toEqual([0, ["add p1", "checkout"]]);
  });

  test("is no fault of a subgraph's: nothing is logged as an error", async () => {
    const held = hold();
    const errors = () => gateway.log.filter(({ level }) => Number(level) >= 50).length;
    const before = errors();
    const client = send("{ motto }");
    await until(() => shop.content.received.length === 1);
    client.hangUp();
    await until(() => held.cut === 1);
    const counted = async () =>
      gateway.metric("gateway_subgraph_request_duration_seconds_count", { outcome: "cancelled" });
    for (const deadline = Date.now() + patienceMs; (await counted()) === 0; )
      if (Date.now() > deadline) throw new Error("not counted");
    expect(errors()).toBe(before);
  });
});
