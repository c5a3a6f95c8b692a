import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { openShop, type Shop } from "../support/shop.ts";
import { startGateway, type TestGateway } from "../support/test-gateway.ts";

let shop: Shop;
let gateway: TestGateway;

beforeAll(async () => {
  shop = await openShop();
  gateway = await startGateway([shop.content, shop.goods]);
});
afterAll(async () => {
  await gateway.close();
  await shop.close();
});

async function get(path: string) {
  const response = await fetch(new URL(path, gateway.url));
  return { status: response.status, text: await response.text() };
}

describe("probes", () => {
  test("a running gateway, is live and ready and names engine and supergraph", async () => {
    expect(await get("/health/live")).toEqual({ status: 200, text: '{"status":"live"}' });
    const { status, text } = await get("/health/ready");
    expect([status, JSON.parse(text)]).toEqual([
      200,
      { status: "ready", engine: "etalase", supergraph: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
  });

  test("a dead organisation, shows in the deep probe and leaves the gateway ready", async () => {
    expect(JSON.parse((await get("/health/ready?deep")).text).subgraphs).toEqual({ content: true, goods: true });
    await shop.goods.close();
    const { status, text } = await get("/health/ready?deep");
    expect([status, JSON.parse(text).subgraphs]).toEqual([200, { content: true, goods: false }]);
  });

  test("operations, errors and subgraph requests, are counted", async () => {
    await gateway.query("{ motto }");
    await gateway.query('{ motto product(id: "p1") { name } }');
    await gateway.query("{ nonsense }");
    const { text } = await get("/metrics");
    expect(text).toMatch(/gateway_operations_total\{type="query",outcome="ok",service="gateway"\} 1/);
    expect(text).toMatch(/gateway_operations_total\{type="query",outcome="partial",service="gateway"\} 1/);
    expect(text).toMatch(/gateway_errors_total\{code="SUBGRAPH_UNAVAILABLE",subgraph="goods",.*\} 1/);
    expect(text).toMatch(/gateway_subgraph_request_duration_seconds_count\{.*subgraph="content".*\} 2/);
    expect(text).toMatch(/http_request_duration_seconds_count\{.*route="\/graphql",status="200"/);
  });
});
