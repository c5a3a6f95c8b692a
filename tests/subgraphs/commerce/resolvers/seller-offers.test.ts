import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import pg from "pg";

import { findStockMismatches } from "../../../../subgraphs/commerce/store/stock-audit.ts";
import { buy, checkOut, putIntoCart } from "../support/buyer-journey.ts";
import { payFor } from "../support/paid-order.ts";
import { eventsOf, listed, sell, sellerOf, shirt, shop } from "../support/seller.ts";
import { newKey, useCommerce } from "../support/test-commerce.ts";

const commerce = useCommerce();
let superuser: pg.Pool;

beforeAll(() => {
  superuser = new pg.Pool({ connectionString: commerce().database.superuserUrl, max: 1 });
  superuser.on("error", () => undefined);
});
afterAll(() => superuser.end());

describe("a price", () => {
  test("that changes, is told by its direction, refused to carts of the old one, and stays in the history", async () => {
    const { id, variants } = await listed(commerce());
    const variantId = variants[0] ?? "";
    const buyer = `buyer-${newKey()}`;
    await putIntoCart(commerce(), buyer, variantId);
    for (const price of ["150000.00", "150000.00", "199000.00"]) {
      expect((await sell(commerce(), "changePrice", { variantId, price })).variant?.regularPrice.amount).toBe(price);
    }
    expect((await checkOut(commerce(), buyer)).__typename).toBe("PriceChanged");
    expect(await eventsOf(superuser, id)).toEqual(["item-available", "price-changed LOWER", "price-changed HIGHER"]);
    const read = async (after: string | null) =>
      (
        await (
          await sellerOf(commerce(), shop)
        ).data<{
          sellerVariant: {
            priceChanges: {
              nodes: { from: { amount: string } | null; to: { amount: string } }[];
              pageInfo: { hasNextPage: boolean; endCursor: string };
            };
          };
        }>(
          `query ($id: ID!, $after: String) { sellerVariant(id: $id) { priceChanges(first: 2, after: $after) {
            nodes { from { amount } to { amount } } pageInfo { hasNextPage endCursor } } } }`,
          { id: variantId, after },
        )
      ).sellerVariant.priceChanges;
    const first = await read(null);
    expect(first.nodes.map(({ from, to }) => [from?.amount, to.amount])).toEqual([
      ["150000.00", "199000.00"],
      ["185000.00", "150000.00"],
    ]);
    expect(first.pageInfo.hasNextPage).toBe(true);
    expect((await read(first.pageInfo.endCursor)).nodes).toEqual([{ from: null, to: { amount: "185000.00" } }]);
  });

  test("of nothing, beyond all bounds, or not above that of a flash sale which is not over, is refused", async () => {
    const { rows } = await superuser.query(
      `SELECT f.variant_id, f.price_minor, p.shop_id FROM flash_sale f JOIN variant v ON v.id = f.variant_id
       JOIN product p ON p.id = v.product_id LIMIT 1`,
    );
    const { variant_id: variantId, price_minor: minor, shop_id: owner } = rows[0];
    const price = `${String(minor).slice(0, -2)}.00`;
    for (const refused of [price, "0.00", "-5.00", "1000000000.01"]) {
      expect(await sell(commerce(), "changePrice", { variantId, price: refused }, owner)).toMatchObject({
        __typename: "InvalidInput",
        field: "input.price",
      });
    }
  });
});

describe("stock", () => {
  test("adjusted for a reason, says who, why and how many for good; a reason of the other direction is refused", async () => {
    const { variants } = await listed(commerce());
    const variantId = variants[0] ?? "";
    for (const [pieces, reason] of [
      [3, "RECEIVED"],
      [-1, "DAMAGED"],
      [-2, "COUNTED"],
    ] as const) {
      await sell(commerce(), "adjustStock", { variantId, pieces, reason, note: `karena ${reason}` });
    }
    for (const [pieces, reason] of [
      [1, "LOST"],
      [-1, "RECEIVED"],
      [1, "OPENING"],
      [0, "COUNTED"],
      [1_000_001, "RECEIVED"],
    ] as const) {
      expect((await sell(commerce(), "adjustStock", { variantId, pieces, reason })).code).toBe("INVALID_INPUT");
    }
    const client = await sellerOf(commerce(), shop);
    const { sellerVariant } = await client.data<{
      sellerVariant: { onHand: number; stockMovements: { nodes: object[] } };
    }>("query ($id: ID!) { sellerVariant(id: $id) { onHand stockMovements { nodes { pieces reason note } } } }", {
      id: variantId,
    });
    expect(sellerVariant).toEqual({
      onHand: 5,
      stockMovements: {
        nodes: [
          { pieces: -2, reason: "COUNTED", note: "karena COUNTED" },
          { pieces: -1, reason: "DAMAGED", note: "karena DAMAGED" },
          { pieces: 3, reason: "RECEIVED", note: "karena RECEIVED" },
          { pieces: 5, reason: "OPENING", note: null },
        ],
      },
    });
    for (const change of [
      "UPDATE stock_movement SET pieces = 9",
      "DELETE FROM stock_movement",
      "DELETE FROM price_change",
    ]) {
      await expect(superuser.query(change)).rejects.toThrow("append only");
    }
  });

  test("never falls below what is reserved, and is told when the last piece goes and when one comes", async () => {
    const { id, variants } = await listed(commerce());
    const variantId = variants[0] ?? "";
    await buy(commerce(), `buyer-${newKey()}`, variantId, 3);
    const below = await sell(commerce(), "adjustStock", { variantId, pieces: -3, reason: "LOST" });
    expect(below).toMatchObject({ __typename: "StockReserved", field: "input.pieces", onHand: 5, reserved: 3 });
    expect((await sell(commerce(), "adjustStock", { variantId, pieces: -2, reason: "LOST" })).variant).toMatchObject({
      onHand: 3,
      reserved: 3,
    });
    await sell(commerce(), "adjustStock", { variantId, pieces: 1, reason: "RECEIVED" });
    expect(await eventsOf(superuser, id)).toEqual(["item-available", "item-sold-out", "item-available"]);
  });

  test("moved by buyers, payments and its seller at the same time, is what movements and reservations add up to", async () => {
    const { variants } = await listed(commerce(), { variants: shirt.variants.map((row) => ({ ...row, pieces: 40 })) });
    const [one = "", other = ""] = variants;
    const work = Array.from({ length: 12 }, async (_, n) => {
      const variantId = n % 2 === 0 ? one : other;
      const bought = await buy(commerce(), `buyer-${newKey()}`, variantId, 1 + (n % 3));
      await sell(
        commerce(),
        "adjustStock",
        { variantId, pieces: n % 4 === 0 ? 5 : -2, reason: "COUNTED" },
        shop,
        `seller-${n}`,
      );
      if (n % 3 !== 0) await payFor(commerce(), bought.payment.id);
    });
    await Promise.all(work);
    expect(await findStockMismatches(commerce().parts.database.pool, 10)).toEqual([]);
    await superuser.query("UPDATE stock SET on_hand = on_hand + 1 WHERE variant_id = $1", [one]);
    expect((await findStockMismatches(commerce().parts.database.pool, 10)).map(({ variantId }) => variantId)).toEqual([
      one,
    ]);
  });
});
