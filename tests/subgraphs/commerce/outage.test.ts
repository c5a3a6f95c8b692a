import { describe, expect, test } from "@jest/globals";
import { newId } from "../../../platform/runtime/ids.ts";
import { addToCartDocument, checkoutDocument, seededVariant } from "./support/buyer-journey.ts";
import { newKey, testMethod, useCommerce } from "./support/test-commerce.ts";

describe("commerce without its database", () => {
  // Port 1 belongs to no database.
  const commerce = useCommerce({ databaseUrl: "postgresql://commerce_runtime@127.0.0.1:1/nothing" });

  test("is alive, but not ready", async () => {
    expect((await fetch(`${commerce().address}/health/live`)).status).toBe(200);
    expect((await fetch(`${commerce().address}/health/ready`)).status).toBe(503);
  });

  const input = { variantId: seededVariant(0), quantity: 1, idempotencyKey: newKey() };
  const checkout = {
    expectedCartVersion: 1,
    addressId: newId(),
    paymentMethodId: testMethod.id,
    idempotencyKey: newKey(),
  };
  test.each([
    ["a product", `{ product(id: "${newId()}") { id } }`, {}],
    ["the cart", "{ cart { version } }", {}],
    ["an addition to the cart", addToCartDocument, { input }],
    ["a checkout", checkoutDocument, { input: checkout }],
  ])(
    "answers %s with DATABASE_UNAVAILABLE, to be tried again, and says nothing of the database",
    async (_, document, variables) => {
      const { errors } = await (await commerce().client("ann")).send(document, variables);
      expect(errors.map((error) => error.extensions)).toEqual([{ code: "DATABASE_UNAVAILABLE", retryable: true }]);
      expect(JSON.stringify(errors)).not.toMatch(/127\.0\.0\.1|nothing|runtime|prisma/i);
    },
  );
});

describe("commerce whose connections are cut", () => {
  const commerce = useCommerce();

  test("serves the next requests over new ones", async () => {
    const ask = async () => (await (await commerce().client()).send("{ products(first: 1) { nodes { id } } }")).errors;
    await Promise.all(Array.from({ length: 5 }, ask));
    await commerce()
      .parts.database.pool.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
      )
      .catch(() => undefined);
    // Each connection of which the pool has not heard yet that it is gone fails one request at most.
    for (let n = 0; n < 12; n += 1) await ask();
    expect(await ask()).toEqual([]);
  });
});

describe("a request without a valid organisation token", () => {
  const commerce = useCommerce();

  test("is answered 401 before anything is read", async () => {
    for (const authorization of [undefined, "Bearer a.b.c", "Basic eA=="]) {
      const response = await fetch(`${commerce().address}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", ...(authorization === undefined ? {} : { authorization }) },
        body: JSON.stringify({ query: "{ paymentMethods { id } }" }),
      });
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "UNAUTHENTICATED" } }] });
    }
  });
});
