import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { openShop, type Shop } from "../support/shop.ts";
import { readAnswer, startGateway, type TestGateway } from "../support/test-gateway.ts";

let shop: Shop;
const gateways: Partial<Record<string, TestGateway>> = {};

beforeAll(async () => {
  shop = await openShop();
  for (const door of ["direct", "apollo"]) gateways[door] = await startGateway([shop.content, shop.goods], { door });
});
afterAll(async () => {
  await Promise.all(Object.values(gateways).map((gateway) => gateway?.close()));
  await shop.close();
});

describe.each(["direct", "apollo"])("the door %s", (door) => {
  const send = async (method: string, body: string | undefined) => {
    const headers = { "content-type": "application/json" };
    return readAnswer(await fetch(gateways[door]?.url ?? "", { method, headers, body: body ?? null }));
  };

  test.each(["PUT", "PATCH", "DELETE"])("asked by %s, answers 405 and which methods there are", async (method) => {
    const { status, headers, body } = await send(method, '{"query":"{ motto }"}');
    expect([status, headers.get("allow")]).toEqual([405, "GET, POST, OPTIONS"]);
    expect(body.errors?.[0]?.extensions).toMatchObject({ code: "BAD_REQUEST", correlationId: expect.any(String) });
  });

  test.each(["__proto__", "constructor"])(
    "sent a variable %s that the document has not, leaves it out",
    async (name) => {
      const { status, body } = await send(
        "POST",
        `{"query":"{ motto }","variables":{"${name}":{"prototype":{"x":1}}}}`,
      );
      expect([status, body]).toEqual([200, { data: { motto: "lihat, suka, beli" } }]);
      expect(({} as { x?: number }).x).toBeUndefined();
    },
  );

  test("sent its query below __proto__, has none", async () => {
    expect((await send("POST", '{"__proto__":{"query":"{ motto }"}}')).status).toBe(400);
  });
});
