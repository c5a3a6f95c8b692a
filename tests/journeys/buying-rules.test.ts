import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { SearchProductsDocument } from "../../schema/generated/operations.ts";
import { mostOpenPayments } from "../../subgraphs/commerce/domain/actions/checkout.ts";
import { rounds } from "../support/rounds.ts";
import { useSupergraph } from "../support/supergraph.ts";
import { type CommerceBooks, openBooks } from "./commerce-books.ts";
import { createShopper, type Offer, onlyOrder, type Shopper } from "./shopper.ts";

const supergraph = useSupergraph();
let books: CommerceBooks;
let shopper: Shopper;
let offers: Offer[];

beforeAll(async () => {
  books = openBooks(supergraph().databases.commerce.superuserUrl);
  shopper = await createShopper(supergraph(), "buyer-1");
  offers = (await shopper.offers()).filter((offer) => offer.availableStock > 5);
});

afterAll(async () => {
  await books.close();
});

function offer(n: number): Offer {
  const found = offers[n % offers.length];
  if (found === undefined) throw new Error("the feed offers nothing with stock");
  return found;
}

describe("a search", () => {
  test("is narrowed by what its counts offer, without anybody signed in", async () => {
    const client = await supergraph().client();
    const search = "batik";
    const all = await client.data(SearchProductsDocument, { search });
    const [most] = all.productFacets?.shops ?? [];
    if (most === undefined) throw new Error("nothing is found");
    expect(all.productFacets?.total).toBeGreaterThanOrEqual(most.count);
    const filter = { shopIds: [most.shop.id], isAvailable: true };
    const { searchProducts, productFacets } = await client.data(SearchProductsDocument, { search, filter });
    expect(searchProducts?.nodes.length).toBe(Math.min(productFacets?.total ?? -1, 12));
    expect(productFacets?.shops).toContainEqual(expect.objectContaining({ shop: most.shop }));
    expect(searchProducts?.nodes.every(({ availableStock }) => availableStock > 0)).toBe(true);
  });
});

describe("two buyers and the last item", () => {
  const races = rounds(30, 200);
  test(`at once, ${races} times over: one buys, the other is told OutOfStock, and no piece is sold twice`, async () => {
    const { variantId } = offer(0);
    let rivals: Shopper[] = [];
    const clearCart = `mutation ($id: ID!) { updateCartLine(input: { cartLineId: $id, quantity: 0 }) { __typename } }`;
    type CartAnswer = { cart: { lines: { id: string }[] } };
    let bought = 0;
    for (let round = 0; round < races; round += 1) {
      // Nobody pays here: two others compete before one of them can have won as often as there may be open payments.
      if (round % mostOpenPayments === 0) {
        const names = [`buyer-${1000 + round}`, `buyer-${1001 + round}`];
        rivals = await Promise.all(names.map((name) => createShopper(supergraph(), name)));
      }
      await books.setStock(variantId, 1);
      const answers = await Promise.all(rivals.map((rival) => rival.browseAndBuy(offer(0))));
      const outcomes = answers.map(({ data }) => data?.checkout?.__typename);
      // The loser is told when it adds the item or when it checks out, whichever comes after the winner's checkout.
      const told = answers.map(
        ({ data }) => data?.addToCart?.__typename === "OutOfStock" || data?.checkout?.__typename === "OutOfStock",
      );
      expect({ round, won: outcomes.filter((outcome) => outcome === "CheckoutSuccess").length }).toEqual({
        round,
        won: 1,
      });
      expect({ round, told: told.filter(Boolean).length }).toEqual({ round, told: 1 });
      bought += 1;
      for (const rival of rivals) {
        const cart = await rival.client.send<CartAnswer>("{ cart { lines { id } } }", {});
        for (const { id } of cart.data?.cart.lines ?? []) await rival.client.send(clearCart, { id });
      }
    }
    const held = await books.count(
      "SELECT count(*) FROM reservation WHERE variant_id = $1 AND state = 'HELD' AND expires_at > now()",
      [variantId],
    );
    expect(held).toBe(bought);
    expect((await books.stockOf(variantId)).reserved).toBe(bought);
  }, 240_000);
});

describe("an idempotency key", () => {
  test("used twice, buys once and answers the first result again", async () => {
    const keys = { addKey: randomUUID(), checkoutKey: randomUUID() };
    const expectedCartVersion = (await shopper.cartVersion()) + 1;
    const first = await shopper.buy(offer(1), { ...keys, expectedCartVersion });
    const second = await shopper.buy(offer(1), { ...keys, expectedCartVersion });
    expect(first.isReplay).toBe(false);
    expect(second.isReplay).toBe(true);
    expect(onlyOrder(second).id).toBe(onlyOrder(first).id);
    expect(second.payment.id).toBe(first.payment.id);
  });

  test("used ten times at once, buys once", async () => {
    const keys = { addKey: randomUUID(), checkoutKey: randomUUID() };
    const expectedCartVersion = (await shopper.cartVersion()) + 1;
    const purchases = await Promise.all(
      Array.from({ length: 10 }, () => shopper.buy(offer(2), { ...keys, expectedCartVersion })),
    );
    expect(new Set(purchases.map((purchase) => onlyOrder(purchase).id)).size).toBe(1);
    expect(purchases.filter((purchase) => !purchase.isReplay)).toHaveLength(1);
  });

  test("used with another payload, is refused as a conflict and buys nothing more", async () => {
    const keys = { addKey: randomUUID(), checkoutKey: randomUUID() };
    const expectedCartVersion = (await shopper.cartVersion()) + 1;
    await shopper.buy(offer(1), { ...keys, expectedCartVersion });
    const orders = await books.count('SELECT count(*) FROM "order"');
    const answer = await shopper.browseAndBuy(offer(1), {
      ...keys,
      expectedCartVersion,
      paymentMethodId: "kantong.wallet",
    });
    expect(answer.data?.checkout).toMatchObject({ __typename: "IdempotencyConflict", code: "IDEMPOTENCY_CONFLICT" });
    expect(await books.count('SELECT count(*) FROM "order"')).toBe(orders);
  });
});

describe("a cart that is not the one that was meant", () => {
  test("because addToCart was refused, is not bought, though it held older lines", async () => {
    const cautious = await createShopper(supergraph(), "buyer-20");
    const keep = offer(1);
    const add = `mutation ($input: AddToCartInput!) { addToCart(input: $input) { __typename } }`;
    await cautious.client.send(add, { input: { variantId: keep.variantId, idempotencyKey: randomUUID() } });
    const answer = await cautious.browseAndBuy({ ...keep, variantId: randomUUID() });
    expect(answer.data?.addToCart?.__typename).toBe("VariantNotFound");
    expect(answer.data?.checkout).toMatchObject({ __typename: "CartChanged", code: "CART_CHANGED" });
    expect(await books.count("SELECT count(*) FROM cart_line WHERE variant_id = $1", [keep.variantId])).toBe(1);
  });
});

describe("another buyer's order", () => {
  test("asked for by its id, is null, as if it did not exist", async () => {
    const purchase = await shopper.buy(offer(2));
    const stranger = await createShopper(supergraph(), "buyer-21");
    const answer = await stranger.client.send("query ($id: ID!) { order(id: $id) { id } }", {
      id: onlyOrder(purchase).id,
    });
    expect(answer.data).toEqual({ order: null });
  });
});
