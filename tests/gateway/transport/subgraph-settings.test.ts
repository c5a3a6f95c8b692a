import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { openShop, type Shop } from "../support/shop.ts";
import { startGateway, type TestGateway } from "../support/test-gateway.ts";

// What the configuration says of one subgraph holds for that one and for no other.

let shop: Shop;
let gateway: TestGateway;
beforeAll(async () => {
  shop = await openShop();
  gateway = await startGateway([shop.content, shop.goods], {
    subgraphs: {
      content: {
        timeoutMs: 3_000,
        responseBytes: 2_000,
        retry: { savedRetries: 0, retriesPerRequest: 0 },
        breaker: { failures: 3, openMs: 600_000 },
      },
    },
  });
});
afterEach(() => {
  for (const subgraph of [shop.content, shop.goods]) {
    subgraph.misbehave(undefined);
    subgraph.received.length = 0;
  }
});
afterAll(async () => {
  await gateway.close();
  await shop.close();
});

const codeOf = async (query: string) => (await gateway.query(query)).body.errors?.[0]?.extensions.code;
const product = '{ product(id: "p1") { name } }';

describe("settings of one subgraph", () => {
  test("its largest answer, exceeded by it, is refused; the same from another, is read", async () => {
    const long = "x".repeat(3_000);
    shop.content.misbehave((_, response) => void response.end(`{"data":{"motto":"${long}"}}`));
    shop.goods.misbehave((_, response) => void response.end(`{"data":{"product":{"name":"${long}"}}}`));
    expect(await codeOf("{ motto }")).toBe("SUBGRAPH_BAD_RESPONSE");
    expect((await gateway.query(product)).body.data).toEqual({ product: { name: long } });
  });

  test("its time, used up by it, is over", async () => {
    shop.content.misbehave(() => undefined);
    expect(await codeOf("{ motto }")).toBe("SUBGRAPH_TIMEOUT");
    // It answers again, so that what failed in a row is forgotten.
    shop.content.misbehave(undefined);
    expect(await codeOf("{ motto }")).toBeUndefined();
  });

  test("its retries, none, are none; another's are its own", async () => {
    for (const subgraph of [shop.content, shop.goods]) {
      subgraph.misbehave((_, response) => void response.socket?.destroy());
      subgraph.received.length = 0;
    }
    expect([await codeOf("{ motto }"), await codeOf(product)]).toEqual([
      "SUBGRAPH_UNAVAILABLE",
      "SUBGRAPH_UNAVAILABLE",
    ]);
    // A connection that was lost is tried once more by the transport; the retry tries twice again.
    expect([shop.content.received.length, shop.goods.received.length]).toEqual([2, 4]);
  });

  test("its breaker, open after as many failures as it says, keeps requests away", async () => {
    shop.content.misbehave((_, response) => void response.writeHead(503).end());
    for (let attempt = 0; attempt < 6; attempt += 1) {
      expect(await codeOf("{ motto }")).toBe("SUBGRAPH_UNAVAILABLE");
    }
    // One failure stands from the test before.
    expect(shop.content.received.length).toBe(2);
    expect(await codeOf(product)).toBeUndefined();
  });
});
