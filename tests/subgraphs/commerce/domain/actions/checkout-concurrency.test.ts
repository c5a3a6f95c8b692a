import { expect, test } from "@jest/globals";
import { mostOpenPayments } from "../../../../../subgraphs/commerce/domain/actions/checkout.ts";
import { rounds } from "../../../../support/rounds.ts";
import { addAddress, checkOut, putIntoCart, seededVariant, setStock, stockOf } from "../../support/buyer-journey.ts";
import { newKey, useCommerce } from "../../support/test-commerce.ts";

const commerce = useCommerce();
const batik = seededVariant(0);
const hijab = seededVariant(1);

/** The buyer's orders, counted by the database. */
async function ordersOf(buyer: string): Promise<number> {
  const { rows } = await commerce().parts.database.pool.query(
    'SELECT count(*)::int AS n FROM "order" WHERE buyer_id = $1',
    [buyer],
  );
  return rows[0].n;
}

test("twenty checkouts at once under one key place one order, and nineteen answer it again", async () => {
  const buyer = `buyer-${newKey()}`;
  await setStock(commerce(), batik, 100);
  await putIntoCart(commerce(), buyer, batik);
  const addressId = await addAddress(commerce(), buyer);
  const request = { idempotencyKey: newKey(), addressId, expectedCartVersion: 1 };
  const payloads = await Promise.all(Array.from({ length: 20 }, () => checkOut(commerce(), buyer, request)));
  expect(payloads.map((payload) => payload.__typename)).toEqual(Array(20).fill("CheckoutSuccess"));
  expect(payloads.filter((payload) => payload.isReplay === false)).toHaveLength(1);
  expect(new Set(payloads.map((payload) => payload.payment.id)).size).toBe(1);
  expect(await ordersOf(buyer)).toBe(1);
  expect(await stockOf(commerce(), batik)).toEqual({ on_hand: 100, reserved: 1 });
  expect(commerce().asked.filter((id) => id === payloads[0]?.payment.id)).toHaveLength(1);
});

test("ten checkouts at once of one cart under different keys buy it once", async () => {
  const buyer = `buyer-${newKey()}`;
  await setStock(commerce(), batik, 100);
  await putIntoCart(commerce(), buyer, batik);
  const addressId = await addAddress(commerce(), buyer);
  const payloads = await Promise.all(
    Array.from({ length: 10 }, () => checkOut(commerce(), buyer, { addressId, expectedCartVersion: 1 })),
  );
  expect(payloads.map((payload) => payload.__typename).sort()).toEqual([
    ...Array(9).fill("CartChanged"),
    "CheckoutSuccess",
  ]);
  expect(await ordersOf(buyer)).toBe(1);
});

/** Answers the version of a cart that has one piece: the loser's still has it from the round before. */
async function haveOneInCart(buyer: string): Promise<number> {
  const client = await commerce().client(buyer);
  const { cart } = await client.data<{ cart: { version: number; lines: unknown[] } }>(
    "{ cart { version lines { id } } }",
  );
  return cart.lines.length === 1 ? cart.version : putIntoCart(commerce(), buyer, batik);
}

const races = rounds(40, 200);

test(`two buyers at once for the last piece, ${races} times over: one buys it, one is told OutOfStock`, async () => {
  const everybody: string[] = [];
  let buyers: string[] = [];
  let addresses: string[] = [];
  const winners: (string | undefined)[] = [];
  for (let round = 0; round < races; round += 1) {
    // Nobody pays here, so that nobody may win more often than there may be open payments.
    if (round % mostOpenPayments === 0) {
      buyers = [`buyer-${newKey()}`, `buyer-${newKey()}`];
      addresses = await Promise.all(buyers.map((buyer) => addAddress(commerce(), buyer)));
      everybody.push(...buyers);
    }
    await setStock(commerce(), batik, 1);
    const versions = await Promise.all(buyers.map(haveOneInCart));
    const payloads = await Promise.all(
      buyers.map((buyer, n) =>
        checkOut(commerce(), buyer, { addressId: addresses[n] ?? "", expectedCartVersion: versions[n] ?? 0 }),
      ),
    );
    expect(payloads.map((payload) => payload.__typename).sort()).toEqual(["CheckoutSuccess", "OutOfStock"]);
    expect(await stockOf(commerce(), batik)).toEqual({ on_hand: 1, reserved: 1 });
    winners.push(buyers[payloads.findIndex((payload) => payload.__typename === "CheckoutSuccess")]);
  }
  for (const buyer of everybody) {
    expect(await ordersOf(buyer)).toBe(winners.filter((winner) => winner === buyer).length);
  }
}, 180_000);

test("carts with the same two variants in opposite order, checked out at once, all buy without a deadlock", async () => {
  await setStock(commerce(), batik, 1_000);
  await setStock(commerce(), hijab, 1_000);
  const buyers = Array.from({ length: 24 }, () => `buyer-${newKey()}`);
  for (const [n, buyer] of buyers.entries()) {
    for (const variant of n % 2 === 0 ? [batik, hijab] : [hijab, batik]) await putIntoCart(commerce(), buyer, variant);
  }
  const { rows: before } = await commerce().parts.database.pool.query(
    "SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()",
  );
  const payloads = await Promise.all(buyers.map((buyer) => checkOut(commerce(), buyer)));
  expect(payloads.every((payload) => payload.__typename === "CheckoutSuccess")).toBe(true);
  expect((await stockOf(commerce(), batik)).reserved).toBe(24);
  expect((await stockOf(commerce(), hijab)).reserved).toBe(24);
  const { rows: after } = await commerce().parts.database.pool.query(
    "SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()",
  );
  expect(after).toEqual(before);
});
