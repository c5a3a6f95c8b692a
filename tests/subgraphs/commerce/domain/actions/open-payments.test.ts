import { describe, expect, test } from "@jest/globals";
import { mostOpenPayments } from "../../../../../subgraphs/commerce/domain/actions/checkout.ts";
import {
  addAddress,
  buy,
  checkOut,
  putIntoCart,
  seededVariant,
  setStock,
  stockOf,
} from "../../support/buyer-journey.ts";
import { newKey, useCommerce } from "../../support/test-commerce.ts";

const commerce = useCommerce();
const batik = seededVariant(0);

async function buyOften(buyer: string, times: number): Promise<string[]> {
  const payments: string[] = [];
  for (let n = 0; n < times; n += 1) payments.push((await buy(commerce(), buyer, batik)).payment.id);
  return payments;
}

/** Checks out until it has bought or may not; fills the cart whenever another one has emptied it. */
async function buyOrBeRefused(buyer: string, addressId: string): Promise<string | undefined> {
  for (let n = 0; n < 100; n += 1) {
    const { __typename } = await checkOut(commerce(), buyer, { addressId });
    if (__typename === "CartEmpty") await putIntoCart(commerce(), buyer, batik);
    else if (__typename !== "CartChanged") return __typename;
  }
  return undefined;
}

describe("a buyer with as many unpaid payments as one may have", () => {
  test("checks out once more, is told TooManyOpenPayments, and neither stock nor cart changes", async () => {
    const buyer = `buyer-${newKey()}`;
    await setStock(commerce(), batik, 50);
    await buyOften(buyer, mostOpenPayments);
    const version = await putIntoCart(commerce(), buyer, batik, 3);
    const idempotencyKey = newKey();
    expect(await checkOut(commerce(), buyer, { idempotencyKey })).toMatchObject({
      __typename: "TooManyOpenPayments",
      code: "TOO_MANY_OPEN_PAYMENTS",
      field: null,
    });
    expect(await stockOf(commerce(), batik)).toEqual({ on_hand: 50, reserved: mostOpenPayments });
    expect(await checkOut(commerce(), buyer, { expectedCartVersion: version - 1 })).toMatchObject({
      code: "CART_CHANGED",
      cart: { version },
    });
  });

  test.each(["PAID", "EXPIRED", "FAILED"])(
    "of which one is %s, may check out again, with the same key",
    async (status) => {
      const buyer = `buyer-${newKey()}`;
      await setStock(commerce(), batik, 50);
      const [payment] = await buyOften(buyer, mostOpenPayments);
      await putIntoCart(commerce(), buyer, batik);
      const addressId = await addAddress(commerce(), buyer);
      const request = { idempotencyKey: newKey(), addressId };
      expect((await checkOut(commerce(), buyer, request)).code).toBe("TOO_MANY_OPEN_PAYMENTS");
      await commerce().parts.database.pool.query(
        "UPDATE payment SET status = $2::payment_status, paid_at = now() WHERE id = $1",
        [payment, status],
      );
      expect((await checkOut(commerce(), buyer, request)).__typename).toBe("CheckoutSuccess");
    },
  );

  test("is no hindrance for another buyer, and may still ask for its first results again", async () => {
    const buyer = `buyer-${newKey()}`;
    await setStock(commerce(), batik, 50);
    await putIntoCart(commerce(), buyer, batik);
    const request = {
      addressId: await addAddress(commerce(), buyer),
      idempotencyKey: newKey(),
      expectedCartVersion: 1,
    };
    const first = await checkOut(commerce(), buyer, request);
    await buyOften(buyer, mostOpenPayments - 1);
    expect(await checkOut(commerce(), buyer, request)).toEqual({ ...first, isReplay: true });
    await buy(commerce(), `buyer-${newKey()}`, batik);
  });
});

test("a buyer two short of the limit, who checks out six times at once, gets two payments", async () => {
  const buyer = `buyer-${newKey()}`;
  await setStock(commerce(), batik, 1_000);
  await buyOften(buyer, mostOpenPayments - 2);
  const addressId = await addAddress(commerce(), buyer);
  const told = await Promise.all(Array.from({ length: 6 }, () => buyOrBeRefused(buyer, addressId)));
  expect(told.sort()).toEqual([...Array(2).fill("CheckoutSuccess"), ...Array(4).fill("TooManyOpenPayments")]);
  const { rows } = await commerce().parts.database.pool.query(
    "SELECT count(*)::int AS n FROM payment WHERE buyer_id = $1",
    [buyer],
  );
  expect(rows).toEqual([{ n: mostOpenPayments }]);
}, 60_000);
