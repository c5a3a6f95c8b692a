import { beforeEach, describe, expect, test } from "@jest/globals";
import {
  addAddress,
  buy,
  checkOut,
  putIntoCart,
  seededVariant,
  setStock,
  stockOf,
} from "../../support/buyer-journey.ts";
import { accountNumberOf, newKey, testMethod, useCommerce } from "../../support/test-commerce.ts";

const commerce = useCommerce();
// Products 0 and 1 are of different shops in the small seed.
const batik = seededVariant(0);
const hijab = seededVariant(1);

let buyer: string;

beforeEach(async () => {
  buyer = `buyer-${newKey()}`;
  for (const variant of [batik, hijab]) await setStock(commerce(), variant, 50);
});

describe("a checkout that is accepted", () => {
  test("places one order for each shop and one payment for all, reserves the stock and empties the cart", async () => {
    await putIntoCart(commerce(), buyer, batik, 2);
    await putIntoCart(commerce(), buyer, hijab, 3);
    const payload = await checkOut(commerce(), buyer);
    expect(payload).toMatchObject({ __typename: "CheckoutSuccess", isReplay: false });
    expect(payload.orders).toHaveLength(2);
    expect(payload.orders.every((order) => order.status === "PLACED")).toBe(true);
    const total = payload.orders.reduce((sum, order) => sum + Number(order.total.amount), 0);
    expect(Number(payload.payment.amount.amount)).toBe(total);
    expect(payload.payment.status).toBe("AWAITING_PAYMENT");
    expect(payload.payment.instructions?.virtualAccountNo).toBe(accountNumberOf(payload.payment.id));
    expect(await stockOf(commerce(), batik)).toEqual({ on_hand: 50, reserved: 2 });
    expect(await stockOf(commerce(), hijab)).toEqual({ on_hand: 50, reserved: 3 });
    const { cart } = await (await commerce().client(buyer)).data<{ cart: { version: number; lines: unknown[] } }>(
      "{ cart { version lines { id } } }",
    );
    expect(cart).toEqual({ version: 3, lines: [] });
  });

  test("starts the safety net and the expiry in the same transaction", async () => {
    const { payment } = await buy(commerce(), buyer, batik);
    const { rows } = await commerce().parts.database.pool.query(
      "SELECT workflow_uuid FROM durable.workflow_status WHERE workflow_uuid LIKE '%' || $1 ORDER BY 1",
      [payment.id],
    );
    expect(rows.map((row) => row.workflow_uuid)).toEqual([
      `expire-payment:${payment.id}`,
      `settle-payment-request:${payment.id}`,
    ]);
  });

  test("asks the provider once", async () => {
    const { payment } = await buy(commerce(), buyer, batik);
    expect(commerce().asked.filter((id) => id === payment.id)).toHaveLength(1);
  });

  test("with a provider that does not say, is UNKNOWN without instructions, not failed", async () => {
    commerce().answer(async () => ({ kind: "unknown", reason: "no answer within the deadline" }));
    try {
      const { payment, orders } = await buy(commerce(), buyer, batik);
      expect(payment).toMatchObject({ status: "UNKNOWN", instructions: null });
      expect(orders[0]?.status).toBe("PLACED");
      expect((await stockOf(commerce(), batik)).reserved).toBe(1);
    } finally {
      commerce().answer(async (payment) => ({
        kind: "requested",
        instructions: {
          kind: "VIRTUAL_ACCOUNT",
          bankName: "Bank Uji",
          virtualAccountNo: accountNumberOf(payment.id),
        },
        providerReference: null,
        virtualAccountNo: accountNumberOf(payment.id),
      }));
    }
  });

  test("freezes the attribution of a verified click on the order line", async () => {
    const product = (
      await (
        await commerce().client()
      ).data<{ _entities: { product: { id: string } }[] }>(
        "query ($r: [_Any!]!) { _entities(representations: $r) { ... on ProductVariant { product { id } } } }",
        { r: [{ __typename: "ProductVariant", id: batik }] },
      )
    )._entities[0]?.product.id;
    const token = await commerce().attributionToken({
      cid: "0195e0a0-0000-7000-8000-000000000007",
      ctp: "video",
      crt: "0195e0a0-0000-7000-8000-000000000003",
      prd: product ?? "",
    });
    await putIntoCart(commerce(), buyer, batik, 1, token);
    const { orders } = await checkOut(commerce(), buyer);
    expect(orders[0]?.lines[0]?.attributedTo).toMatchObject({
      creator: { id: "0195e0a0-0000-7000-8000-000000000003" },
      video: { id: "0195e0a0-0000-7000-8000-000000000007" },
      liveSession: null,
    });
  });
});

test("a checkout of one line, or of eight of several shops, takes the same number of statements", async () => {
  const statementsFor = async (products: readonly number[]): Promise<number> => {
    const somebody = `buyer-${newKey()}`;
    const addressId = await addAddress(commerce(), somebody);
    for (const product of products) {
      await setStock(commerce(), seededVariant(product), 20);
      await putIntoCart(commerce(), somebody, seededVariant(product));
    }
    const request = { addressId, expectedCartVersion: products.length, idempotencyKey: newKey() };
    const before = await commerce().statements();
    expect(await checkOut(commerce(), somebody, request)).toMatchObject({ __typename: "CheckoutSuccess" });
    return (await commerce().statements()) - before;
  };
  const one = await statementsFor([4]);
  expect(await statementsFor([4, 5, 6, 7, 8, 9, 10, 11])).toBe(one);
});

describe("a checkout that is refused", () => {
  test("for another version of the cart, answers CartChanged with the cart as it is", async () => {
    await putIntoCart(commerce(), buyer, batik);
    const payload = await checkOut(commerce(), buyer, { expectedCartVersion: 7 });
    expect(payload).toMatchObject({
      __typename: "CartChanged",
      code: "CART_CHANGED",
      field: "input.expectedCartVersion",
      cart: { version: 1 },
    });
  });

  test("with nothing in the cart, answers CartEmpty", async () => {
    expect(await checkOut(commerce(), buyer)).toMatchObject({ __typename: "CartEmpty", code: "CART_EMPTY" });
  });

  test("with somebody else's address, answers AddressNotFound", async () => {
    const foreign = await addAddress(commerce(), `other-${newKey()}`);
    await putIntoCart(commerce(), buyer, batik);
    expect(await checkOut(commerce(), buyer, { addressId: foreign })).toMatchObject({ code: "ADDRESS_NOT_FOUND" });
    expect(await checkOut(commerce(), buyer, { addressId: "no-uuid" })).toMatchObject({ code: "ADDRESS_NOT_FOUND" });
  });

  test("with a way to pay that is not offered, answers those that are", async () => {
    await putIntoCart(commerce(), buyer, batik);
    const payload = await checkOut(commerce(), buyer, { paymentMethodId: "bank-lain.qris" });
    expect(payload).toMatchObject({ code: "PAYMENT_METHOD_UNAVAILABLE", paymentMethods: [{ id: testMethod.id }] });
  });

  test("at a price that changed, answers the re-priced cart, which can then be bought", async () => {
    const { pool } = commerce().parts.database;
    await putIntoCart(commerce(), buyer, batik);
    await pool.query("UPDATE variant SET price_minor = price_minor + 100000 WHERE id = $1", [batik]);
    const payload = await checkOut(commerce(), buyer);
    expect(payload).toMatchObject({ __typename: "PriceChanged", code: "PRICE_CHANGED", cart: { version: 2 } });
    const { rows } = await pool.query("SELECT price_minor FROM variant WHERE id = $1", [batik]);
    expect(payload.cart.lines[0]?.unitPrice.amount).toBe((Number(rows[0].price_minor) / 100).toFixed(2));
    expect(await checkOut(commerce(), buyer)).toMatchObject({ __typename: "CheckoutSuccess" });
  });

  test("with too little stock, answers each shortage and reserves nothing", async () => {
    await putIntoCart(commerce(), buyer, batik, 5);
    await putIntoCart(commerce(), buyer, hijab, 2);
    await setStock(commerce(), batik, 10, 7);
    const payload = await checkOut(commerce(), buyer);
    expect(payload).toMatchObject({ __typename: "OutOfStock", code: "OUT_OF_STOCK", field: null });
    expect(payload.shortages).toEqual([{ variant: { id: batik }, requestedQuantity: 5, availableQuantity: 3 }]);
    expect((await stockOf(commerce(), hijab)).reserved).toBe(0);
  });

  test("for a variant that is no longer sold, is OutOfStock with none available", async () => {
    const unsold = seededVariant(2);
    await setStock(commerce(), unsold, 10);
    await putIntoCart(commerce(), buyer, unsold);
    await commerce().parts.database.pool.query("UPDATE variant SET is_sold = false WHERE id = $1", [unsold]);
    const payload = await checkOut(commerce(), buyer);
    expect(payload.shortages).toEqual([{ variant: { id: unsold }, requestedQuantity: 1, availableQuantity: 0 }]);
  });

  test("with a key that is too short, answers InvalidInput", async () => {
    expect(await checkOut(commerce(), buyer, { idempotencyKey: "short" })).toMatchObject({
      code: "INVALID_INPUT",
      field: "input.idempotencyKey",
    });
  });

  test("leaves its key free, so that the same request can be sent again", async () => {
    const idempotencyKey = newKey();
    const addressId = await addAddress(commerce(), buyer);
    await putIntoCart(commerce(), buyer, batik, 5);
    await setStock(commerce(), batik, 4);
    const attempt = () => checkOut(commerce(), buyer, { idempotencyKey, addressId, expectedCartVersion: 1 });
    expect((await attempt()).code).toBe("OUT_OF_STOCK");
    await setStock(commerce(), batik, 5);
    expect((await attempt()).__typename).toBe("CheckoutSuccess");
  });
});

describe("the same key", () => {
  test("with the same request, answers the first result again and asks the provider no second time", async () => {
    await putIntoCart(commerce(), buyer, batik);
    const addressId = await addAddress(commerce(), buyer);
    const request = { idempotencyKey: newKey(), addressId, expectedCartVersion: 1 };
    const first = await checkOut(commerce(), buyer, request);
    const second = await checkOut(commerce(), buyer, request);
    expect(second).toEqual({ ...first, isReplay: true });
    expect(commerce().asked.filter((id) => id === first.payment.id)).toHaveLength(1);
  });

  test("with another request, answers IdempotencyConflict and changes nothing", async () => {
    await putIntoCart(commerce(), buyer, batik);
    const addressId = await addAddress(commerce(), buyer);
    const idempotencyKey = newKey();
    await checkOut(commerce(), buyer, { idempotencyKey, addressId, expectedCartVersion: 1 });
    const conflict = await checkOut(commerce(), buyer, { idempotencyKey, addressId, expectedCartVersion: 2 });
    expect(conflict).toMatchObject({ __typename: "IdempotencyConflict", code: "IDEMPOTENCY_CONFLICT" });
    expect((await stockOf(commerce(), batik)).reserved).toBe(1);
  });

  test("of another buyer, is another key", async () => {
    const idempotencyKey = newKey();
    for (const somebody of [buyer, `other-${buyer}`]) {
      await putIntoCart(commerce(), somebody, batik);
      expect(await checkOut(commerce(), somebody, { idempotencyKey })).toMatchObject({ isReplay: false });
    }
  });
});
