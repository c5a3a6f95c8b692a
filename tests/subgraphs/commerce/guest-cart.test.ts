import { beforeEach, describe, expect, test } from "@jest/globals";
import { deterministicId } from "../../../platform/runtime/ids.ts";
import { forgetOldGuestCarts, guestTokens } from "../../../subgraphs/commerce/store/guest-cart-store.ts";
import { putIntoCart, seededVariant, setStock } from "./support/buyer-journey.ts";
import { newKey, useCommerce } from "./support/test-commerce.ts";

const commerce = useCommerce();
const variants = [3, 4, 5, 6].map((n) => seededVariant(n));
const [first = "", second = "", third = "", fourth = ""] = variants;
let buyer: string;

interface Line {
  readonly id: string;
  readonly quantity: number;
  readonly variant: { readonly id: string };
}
interface Payload {
  readonly __typename: string;
  readonly code?: string;
  readonly guestToken: string;
  readonly isReplay: boolean;
  readonly dropped: unknown[];
  readonly cart: { readonly version: number; readonly lines: Line[] };
}

const cart = "cart { version lines { id quantity variant { id } } }";

async function sql(text: string, values: unknown[] = []) {
  return (await commerce().parts.database.pool.query(text, values)).rows;
}

async function send(field: string, input: object, by?: string): Promise<Payload> {
  const name = `${field[0]?.toUpperCase()}${field.slice(1)}`;
  const more =
    { startGuestCart: "guestToken", mergeGuestCart: "isReplay dropped { variantId quantity reason }" }[field] ?? "";
  const document = `mutation ($input: ${name}Input!) { ${field}(input: $input) { __typename ... on UserError { code }
    ... on ${name}Success { ${cart} ${more} } } }`;
  const client = await commerce().client(by);
  const answer = await client.data<Record<string, Payload>>(document, { input });
  return answer[field] as Payload;
}

async function start(quantity = 2, variantId = first): Promise<string> {
  return (await send("startGuestCart", { variantId, quantity })).guestToken;
}

const add = (guestToken: string, variantId: string, quantity: number) =>
  send("addToCart", { guestToken, variantId, quantity, idempotencyKey: newKey() });
const merge = (guestToken: string, by = buyer) => send("mergeGuestCart", { guestToken }, by);
const quantities = ({ cart: { lines } }: Payload) => lines.map(({ variant, quantity }) => [variant.id, quantity]);

beforeEach(async () => {
  buyer = `buyer-${newKey()}`;
  for (const variant of variants) await setStock(commerce(), variant, 50);
});

describe("a guest's cart", () => {
  test("is used by its token without signing in, and by nobody else; the database has no token", async () => {
    const token = await start();
    const { cart: added } = await add(token, second, 1);
    const changed = await send("updateCartLine", { guestToken: token, cartLineId: added.lines[1]?.id, quantity: 4 });
    expect(quantities(changed)).toEqual([
      [first, 2],
      [second, 4],
    ]);
    const client = await commerce().client();
    const read = (guestToken: string) =>
      client.data(`query ($guestToken: ID) { cart(guestToken: $guestToken) { version } }`, { guestToken });
    expect(await read(token)).toEqual({ cart: { version: 3 } });
    expect(await read("somebody else's")).toEqual({ cart: { version: 0 } });
    expect((await add("made up", first, 1)).code).toBe("GUEST_CART_NOT_FOUND");
    const kept = await sql(
      "SELECT row_to_json(g)::text || row_to_json(c)::text AS row FROM guest_cart g JOIN cart c ON c.buyer_id = g.owner",
    );
    expect(kept.length).toBeGreaterThan(0);
    expect(JSON.stringify(kept)).not.toContain(token);
  });

  test("of a variant that is not there, or of too many, is not begun", async () => {
    expect((await send("startGuestCart", { variantId: newKey(), quantity: 1 })).code).toBe("VARIANT_NOT_FOUND");
    expect((await send("startGuestCart", { variantId: first, quantity: 51 })).code).toBe("OUT_OF_STOCK");
    expect((await send("startGuestCart", { variantId: first, quantity: 100 })).code).toBe("INVALID_INPUT");
  });

  test("is forgotten after 30 days, with its lines; one of yesterday is not", async () => {
    const [old, young] = [await start(), await start()];
    await sql("UPDATE guest_cart SET created_at = now() - interval '31 days' WHERE owner = $1", [
      guestTokens.ownerOf(old),
    ]);
    expect(await forgetOldGuestCarts(commerce().parts.database.pool, new Date())).toBe(1);
    expect((await add(old, first, 1)).code).toBe("GUEST_CART_NOT_FOUND");
    expect((await add(young, first, 1)).__typename).toBe("AddToCartSuccess");
    expect(
      await sql(
        "SELECT 1 FROM cart c WHERE buyer_id LIKE 'guest:%' AND NOT EXISTS (SELECT FROM guest_cart WHERE owner = c.buyer_id)",
      ),
    ).toEqual([]);
  });
});

describe("merging a guest's cart", () => {
  test("adds up to stock and to what a line may have, drops what is dead, tells each, and keeps what the buyer had", async () => {
    await putIntoCart(commerce(), buyer, first, 3);
    await putIntoCart(commerce(), buyer, second, 45);
    const token = await start(2);
    await add(token, second, 20);
    await add(token, third, 1);
    await setStock(commerce(), fourth, 500);
    await putIntoCart(commerce(), buyer, fourth, 90);
    await add(token, fourth, 20);
    await sql("UPDATE variant SET is_sold = false WHERE id = $1", [third]);
    const merged = await merge(token);
    await sql("UPDATE variant SET is_sold = true WHERE id = $1", [third]);
    expect(merged).toMatchObject({ __typename: "MergeGuestCartSuccess", isReplay: false, cart: { version: 4 } });
    expect(quantities(merged)).toEqual([
      [first, 5],
      [second, 50],
      [fourth, 99],
    ]);
    expect(merged.dropped).toEqual([
      { variantId: second, quantity: 15, reason: "OUT_OF_STOCK" },
      { variantId: third, quantity: 1, reason: "NOT_SOLD" },
      { variantId: fourth, quantity: 11, reason: "LIMIT_REACHED" },
    ]);
  });

  test("of a flash sale's pieces, goes as far as the sale allows the buyer", async () => {
    const saleId = deterministicId("flash-sale", 0);
    const [{ variant_id: variantId }] = await sql("SELECT variant_id FROM flash_sale WHERE id = $1", [saleId]);
    await setStock(commerce(), variantId, 50);
    const token = await start(5, variantId);
    expect((await merge(token)).dropped).toEqual([{ variantId, quantity: 3, reason: "LIMIT_REACHED" }]);
  });

  test("happens once, however often and at once it is asked for; by another buyer it does not exist, and nothing more is added to it", async () => {
    const token = await start(2);
    const answers = await Promise.all(Array.from({ length: 8 }, () => merge(token)));
    expect(answers.filter(({ isReplay }) => !isReplay)).toHaveLength(1);
    expect(new Set(answers.map((answer) => JSON.stringify(quantities(answer))))).toEqual(
      new Set([JSON.stringify([[first, 2]])]),
    );
    expect((await merge(token, `other-${newKey()}`)).code).toBe("GUEST_CART_NOT_FOUND");
    expect((await merge("made up")).code).toBe("GUEST_CART_NOT_FOUND");
    expect((await add(token, first, 1)).code).toBe("GUEST_CART_NOT_FOUND");
    expect(quantities(await merge(token))).toEqual([[first, 2]]);
  });

  test("while pieces are added to it, loses none: what is added is merged or refused", async () => {
    for (let round = 0; round < 10; round += 1) {
      const token = await start(1);
      const shopper = `${buyer}-${round}`;
      const [added, merged] = await Promise.all([add(token, first, 1), merge(token, shopper)]);
      const expected = added.__typename === "AddToCartSuccess" ? 2 : 1;
      expect(quantities(merged)).toEqual([[first, expected]]);
    }
  });
});

test("a line whose price changed since it was added, says so with the price it has now; one that is not sold any more has none", async () => {
  await putIntoCart(commerce(), buyer, first, 1);
  const client = await commerce().client(buyer);
  const read = async () => {
    const document = "{ cart { lines { unitPrice { amount } currentPrice { amount } isPriceChanged } } }";
    return (await client.data<{ cart: { lines: Record<string, unknown>[] } }>(document)).cart.lines[0];
  };
  const before = await read();
  expect(before).toEqual({ unitPrice: before?.unitPrice, currentPrice: before?.unitPrice, isPriceChanged: false });
  await sql("UPDATE variant SET price_minor = price_minor + 100 WHERE id = $1", [first]);
  const after = await read();
  expect([after?.unitPrice, after?.isPriceChanged]).toEqual([before?.unitPrice, true]);
  expect(after?.currentPrice).not.toEqual(before?.unitPrice);
  await sql("UPDATE variant SET is_sold = false WHERE id = $1", [first]);
  expect(await read()).toMatchObject({ currentPrice: null, isPriceChanged: false });
  await sql("UPDATE variant SET is_sold = true, price_minor = price_minor - 100 WHERE id = $1", [first]);
});
