import { beforeEach, describe, expect, test } from "@jest/globals";
import { checkOut, putIntoCart, seededVariant, setStock } from "../support/buyer-journey.ts";
import { newKey, useCommerce } from "../support/test-commerce.ts";

const commerce = useCommerce();
const variant = seededVariant(0);
let buyer: string;

beforeEach(async () => {
  buyer = `buyer-${newKey()}`;
  await setStock(commerce(), variant, 50);
});

interface Outcome {
  readonly __typename: string;
  readonly code?: string;
  readonly refusedAt?: string;
  readonly orders?: readonly { readonly id: string; readonly status: string }[];
  readonly payment?: { readonly id: string; readonly status: string };
}

const document = `query ($key: ID!) { orderByKey(idempotencyKey: $key) { __typename
  ... on CheckoutPlaced { orders { id status } payment { id status } } ... on CheckoutRefused { code message refusedAt } } }`;

async function outcomeOf(key: string, by = buyer): Promise<Outcome> {
  return (await (await commerce().client(by)).data<{ orderByKey: Outcome }>(document, { key })).orderByKey;
}

describe("orderByKey", () => {
  test("of a checkout that was accepted, answers its orders and payment; to nobody but its buyer", async () => {
    const idempotencyKey = newKey();
    await putIntoCart(commerce(), buyer, variant, 1);
    const { orders, payment } = await checkOut(commerce(), buyer, { idempotencyKey });
    expect(await outcomeOf(idempotencyKey)).toEqual({
      __typename: "CheckoutPlaced",
      orders: orders.map(({ id }) => ({ id, status: "PLACED" })),
      payment: { id: payment.id, status: "AWAITING_PAYMENT" },
    });
    expect(await outcomeOf(idempotencyKey, `buyer-${newKey()}`)).toEqual({ __typename: "CheckoutNotKnown" });
  });

  test("of one that was refused, says why, until the key buys something", async () => {
    const idempotencyKey = newKey();
    await putIntoCart(commerce(), buyer, variant, 2);
    await setStock(commerce(), variant, 1);
    expect((await checkOut(commerce(), buyer, { idempotencyKey })).__typename).toBe("OutOfStock");
    expect(await outcomeOf(idempotencyKey)).toMatchObject({ __typename: "CheckoutRefused", code: "OUT_OF_STOCK" });
    expect(await outcomeOf(idempotencyKey, `buyer-${newKey()}`)).toEqual({ __typename: "CheckoutNotKnown" });
    await setStock(commerce(), variant, 5);
    expect((await checkOut(commerce(), buyer, { idempotencyKey })).__typename).toBe("CheckoutSuccess");
    expect((await outcomeOf(idempotencyKey)).__typename).toBe("CheckoutPlaced");
  });

  test("of a key that is claimed in a transaction under way, says so, and what came of it afterwards", async () => {
    const key = newKey();
    const name = { buyerId: buyer, operation: "checkout", key } as const;
    const { transactions } = commerce().parts.store;
    const rolledBack = new Error("the process dies before its commit");
    const claiming = transactions.runInTransaction(async (tx) => {
      await tx.idempotency.claim({ ...name, requestHash: "hash", result: { paymentId: newKey() }, at: new Date() });
      expect((await outcomeOf(key)).__typename).toBe("CheckoutUnderWay");
      throw rolledBack;
    });
    await expect(claiming).rejects.toBe(rolledBack);
    expect((await outcomeOf(key)).__typename).toBe("CheckoutNotKnown");
  });

  test("asked many times at once of a key that nobody used, is never under way, and needs a buyer", async () => {
    const key = newKey();
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => outcomeOf(key)));
    expect(new Set(outcomes.map(({ __typename }) => __typename))).toEqual(new Set(["CheckoutNotKnown"]));
    expect((await outcomeOf("short")).__typename).toBe("CheckoutNotKnown");
    const answer = await (await commerce().client()).send(document, { key });
    expect(answer.errors?.[0]?.extensions?.code).toBe("UNAUTHENTICATED");
  });

  test("changes nothing: what it was asked before is still bought once", async () => {
    const idempotencyKey = newKey();
    await outcomeOf(idempotencyKey);
    await putIntoCart(commerce(), buyer, variant, 1);
    const { payment } = await checkOut(commerce(), buyer, { idempotencyKey });
    expect((await outcomeOf(idempotencyKey)).payment?.id).toBe(payment.id);
  });
});
