import { beforeEach, describe, expect, test } from "@jest/globals";
import { deterministicId } from "../../../../../platform/runtime/ids.ts";
import { addToCartDocument, putIntoCart, seededVariant, setStock } from "../../support/buyer-journey.ts";
import { newKey, useCommerce } from "../../support/test-commerce.ts";

const commerce = useCommerce();
const batik = seededVariant(0);
const product = deterministicId("product", 0);

let buyer: string;

beforeEach(async () => {
  buyer = `buyer-${newKey()}`;
  await setStock(commerce(), batik, 50);
});

interface Payload {
  readonly __typename: string;
  readonly code?: string;
  readonly field?: string;
  readonly cart: {
    readonly version: number;
    readonly subtotal: { readonly amount: string };
    readonly lines: {
      readonly quantity: number;
      readonly unitPrice: { amount: string };
      readonly attributedTo: unknown;
    }[];
  };
}

async function add(changes: Record<string, unknown> = {}): Promise<Payload> {
  const input = { variantId: batik, quantity: 1, idempotencyKey: newKey(), ...changes };
  const client = await commerce().client(buyer);
  return (await client.data<{ addToCart: Payload }>(addToCartDocument, { input })).addToCart;
}

test("a variant that is added twice, is one line with the sum, and the version rises each time", async () => {
  await add({ quantity: 2 });
  const { cart } = await add({ quantity: 3 });
  expect(cart.version).toBe(2);
  expect(cart.lines).toHaveLength(1);
  expect(cart.lines[0]?.quantity).toBe(5);
  expect(Number(cart.subtotal.amount)).toBe(5 * Number(cart.lines[0]?.unitPrice.amount));
});

test("twenty additions at once under different keys are all added, and each raises the version", async () => {
  const payloads = await Promise.all(Array.from({ length: 20 }, () => add()));
  expect(payloads.map((payload) => payload.cart.version).sort((one, other) => one - other)).toEqual(
    Array.from({ length: 20 }, (_, n) => n + 1),
  );
  expect((await add()).cart.lines[0]?.quantity).toBe(21);
});

test("twenty additions at once under one key add once", async () => {
  const idempotencyKey = newKey();
  const payloads = await Promise.all(Array.from({ length: 20 }, () => add({ idempotencyKey })));
  expect(new Set(payloads.map((payload) => payload.cart.version))).toEqual(new Set([1]));
  expect(payloads[0]?.cart.lines[0]?.quantity).toBe(1);
});

describe("an addition that is refused", () => {
  test("under a key of another request, answers IdempotencyConflict", async () => {
    const idempotencyKey = newKey();
    await add({ idempotencyKey });
    expect(await add({ idempotencyKey, quantity: 2 })).toMatchObject({ code: "IDEMPOTENCY_CONFLICT" });
  });

  test("for a variant that does not exist, is no id or is no longer sold, answers VariantNotFound", async () => {
    const unsold = seededVariant(3);
    await commerce().parts.database.pool.query("UPDATE variant SET is_sold = false WHERE id = $1", [unsold]);
    for (const variantId of [deterministicId("nothing", 1), "batik", unsold]) {
      expect(await add({ variantId })).toMatchObject({ code: "VARIANT_NOT_FOUND", field: "input.variantId" });
    }
  });

  test("for more than is available, answers OutOfStock with what is", async () => {
    await setStock(commerce(), batik, 10, 6);
    expect(await add({ quantity: 5 })).toMatchObject({
      code: "OUT_OF_STOCK",
      field: "input.quantity",
      shortages: [{ requestedQuantity: 5, availableQuantity: 4 }],
    });
  });

  test("for none, a negative number, a hundred, or more than 99 together, answers InvalidInput", async () => {
    await setStock(commerce(), batik, 500);
    for (const quantity of [0, -1, 100]) {
      expect(await add({ quantity })).toMatchObject({ code: "INVALID_INPUT", field: "input.quantity" });
    }
    await add({ quantity: 60 });
    expect(await add({ quantity: 40 })).toMatchObject({ code: "INVALID_INPUT", field: "input.quantity" });
  });
});

describe("attribution", () => {
  const [live, creator, otherCreator] = ["live", "creator", "other creator"].map((name) =>
    deterministicId(name, 0),
  ) as [string, string, string];
  const click = { cid: live, ctp: "live", crt: creator, prd: product } as const;

  test("of a verified click on the product, is on the line", async () => {
    const { cart } = await add({ attributionToken: await commerce().attributionToken(click) });
    expect(cart.lines[0]?.attributedTo).toMatchObject({
      creator: { id: creator },
      video: null,
      liveSession: { id: live },
    });
  });

  test("of a click on another product, of a forged or an expired token, is none, and the line is added", async () => {
    const good = await commerce().attributionToken(click);
    const [header, payload] = good.split(".");
    for (const attributionToken of [
      await commerce().attributionToken({ ...click, prd: deterministicId("product", 5) }),
      await commerce().attributionToken(click, { expiresIn: "-1 minute" }),
      await commerce().attributionToken({ ...click, crt: "creator\0" }),
      `${header}.${payload}.${Buffer.alloc(64).toString("base64url")}`,
      "not-a-token",
    ]) {
      buyer = `buyer-${newKey()}`;
      const { __typename, cart } = await add({ attributionToken });
      expect(__typename).toBe("AddToCartSuccess");
      expect(cart.lines[0]?.attributedTo).toBeNull();
    }
  });

  test("of the last click replaces that of the first, and adding without a click leaves it", async () => {
    await add({ attributionToken: await commerce().attributionToken(click) });
    await add({ attributionToken: await commerce().attributionToken({ ...click, crt: otherCreator }) });
    const { cart } = await add();
    expect(cart.lines[0]?.attributedTo).toMatchObject({ creator: { id: otherCreator } });
  });
});

describe("changing a line", () => {
  const document = `mutation ($input: UpdateCartLineInput!) { updateCartLine(input: $input) { __typename
    ... on UserError { code field } ... on UpdateCartLineSuccess { cart { version lines { id quantity } } } } }`;

  async function update(somebody: string, cartLineId: string, quantity: number) {
    const client = await commerce().client(somebody);
    const data = await client.data<{ updateCartLine: Record<string, unknown> }>(document, {
      input: { cartLineId, quantity },
    });
    return data.updateCartLine;
  }

  async function lineOf(somebody: string): Promise<string> {
    const client = await commerce().client(somebody);
    const { cart } = await client.data<{ cart: { lines: { id: string }[] } }>("{ cart { lines { id } } }");
    return cart.lines[0]?.id ?? "";
  }

  test("to another quantity, sets it and raises the version; to 0, takes it out", async () => {
    await putIntoCart(commerce(), buyer, batik, 2);
    const line = await lineOf(buyer);
    expect(await update(buyer, line, 7)).toMatchObject({ cart: { version: 2, lines: [{ id: line, quantity: 7 }] } });
    expect(await update(buyer, line, 0)).toMatchObject({ cart: { version: 3, lines: [] } });
  });

  test("of somebody else's cart, or one that is not there, answers CartLineNotFound", async () => {
    await putIntoCart(commerce(), buyer, batik, 2);
    const line = await lineOf(buyer);
    expect(await update(`other-${buyer}`, line, 1)).toMatchObject({ code: "CART_LINE_NOT_FOUND" });
    expect(await update(buyer, "nothing", 1)).toMatchObject({ code: "CART_LINE_NOT_FOUND" });
  });

  test("beyond the stock answers OutOfStock, beyond the bounds InvalidInput; fewer than before is always allowed", async () => {
    await putIntoCart(commerce(), buyer, batik, 9);
    const line = await lineOf(buyer);
    await setStock(commerce(), batik, 3);
    expect(await update(buyer, line, 10)).toMatchObject({ code: "OUT_OF_STOCK" });
    expect(await update(buyer, line, 100)).toMatchObject({ code: "INVALID_INPUT" });
    expect(await update(buyer, line, 8)).toMatchObject({ __typename: "UpdateCartLineSuccess" });
  });
});
