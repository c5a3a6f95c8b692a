import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { deterministicId } from "../../../../platform/runtime/ids.ts";

import { buy, checkOut, putIntoCart, stockOf } from "../support/buyer-journey.ts";

import { documentOf, eventsOf, listed, otherShop, sell, sellerOf, shirt, shop } from "../support/seller.ts";
import { newKey, useCommerce } from "../support/test-commerce.ts";

const commerce = useCommerce();
let superuser: pg.Pool;

beforeAll(() => {
  superuser = new pg.Pool({ connectionString: commerce().database.superuserUrl, max: 1 });
  superuser.on("error", () => undefined);
});
afterAll(() => superuser.end());

describe("addProduct", () => {
  test("of a product with options, answers it as buyers find, search and buy it, and tells that it can be bought", async () => {
    const payload = await sell(commerce(), "addProduct", { ...shirt, title: "Kemeja Sogan Istimewa" });
    expect(payload).toMatchObject({
      __typename: "AddProductSuccess",
      product: {
        title: "Kemeja Sogan Istimewa",
        availableStock: 5,
        options: shirt.options,
        shop: { id: shop },
        variants: [
          {
            sku: "PRG-M",
            availableStock: 5,
            price: { amount: "185000.00" },
            selectedOptions: [{ name: "Ukuran", value: "M" }],
          },
          {
            sku: "PRG-L",
            availableStock: 0,
            price: { amount: "189000.00" },
            selectedOptions: [{ name: "Ukuran", value: "L" }],
          },
        ],
      },
    });
    const id = payload.product?.id ?? "";
    const found = await (await commerce().client()).data<{
      products: { nodes: { id: string }[] };
      searchProducts: { nodes: { id: string }[] };
    }>(`{ products(first: 1) { nodes { id } } searchProducts(search: "sogan istimewa") { nodes { id } } }`);
    expect(found).toEqual({ products: { nodes: [{ id }] }, searchProducts: { nodes: [{ id }] } });
    expect(await eventsOf(superuser, id)).toEqual(["item-available"]);
    const bought = await buy(commerce(), `buyer-${newKey()}`, payload.product?.variants[0]?.id ?? "", 2);
    expect(bought.__typename).toBe("CheckoutSuccess");
  });

  test.each<[string, object, string]>([
    ["a short title", { title: " x " }, "input.title"],
    ["no variant", { variants: [] }, "input.variants"],
    [
      "two variants of one choice",
      { variants: [shirt.variants[0], { ...shirt.variants[0], sku: "B" }] },
      "input.variants",
    ],
    ["one sku twice", { variants: shirt.variants.map((row) => ({ ...row, sku: "A" })) }, "input.variants"],
    [
      "a value that is no option",
      { variants: [{ ...shirt.variants[0], optionValues: ["XL"] }] },
      "input.variants.0.optionValues",
    ],
    ["a value too few", { variants: [{ ...shirt.variants[0], optionValues: [] }] }, "input.variants.0.optionValues"],
    ["a price of nothing", { variants: [{ ...shirt.variants[0], price: "0.00" }] }, "input.variants.0.price"],
    ["a price below nothing", { variants: [{ ...shirt.variants[0], price: "-1.00" }] }, "input.variants.0.price"],
    ["fewer than no pieces", { variants: [{ ...shirt.variants[0], pieces: -1 }] }, "input.variants.0.pieces"],
    ["no weight", { variants: [{ ...shirt.variants[0], weightGrams: 0 }] }, "input.variants.0.weightGrams"],
    ["one option twice", { options: [shirt.options[0], shirt.options[0]] }, "input.options"],
    ["a short key", { idempotencyKey: "short" }, "input.idempotencyKey"],
  ])("with %s, is refused naming the field, and nothing is listed", async (_, changes, field) => {
    const before = await superuser.query("SELECT count(*) FROM product");
    expect(await sell(commerce(), "addProduct", { ...shirt, ...changes })).toMatchObject({
      __typename: "InvalidInput",
      field,
    });
    expect((await superuser.query("SELECT count(*) FROM product")).rows).toEqual(before.rows);
  });
});

describe("a seller's key", () => {
  test("used ten times at once, lists one product; with another request, or for another shop, it is a conflict", async () => {
    const idempotencyKey = newKey();
    const payloads = await Promise.all(
      Array.from({ length: 10 }, () => sell(commerce(), "addProduct", { ...shirt, idempotencyKey })),
    );
    expect(new Set(payloads.map((payload) => payload.product?.id)).size).toBe(1);
    const changed = { ...shirt, title: "Kemeja lain", idempotencyKey };
    for (const [input, shopId] of [
      [changed, shop],
      [{ ...shirt, idempotencyKey }, otherShop],
    ] as const) {
      expect((await sell(commerce(), "addProduct", input, shopId)).code).toBe("IDEMPOTENCY_CONFLICT");
    }
  });

  test("of a price or a movement, changes once; after a refusal it is free", async () => {
    const { variants } = await listed(commerce());
    const variantId = variants[0] ?? "";
    const idempotencyKey = newKey();
    const refusedOnce = await sell(commerce(), "adjustStock", {
      variantId,
      pieces: -6,
      reason: "LOST",
      idempotencyKey,
    });
    expect(refusedOnce).toMatchObject({ __typename: "StockReserved", onHand: 5, reserved: 0 });
    for (const _ of [1, 2, 3]) {
      const moved = await sell(commerce(), "adjustStock", { variantId, pieces: 7, reason: "RECEIVED", idempotencyKey });
      expect(moved.variant?.onHand).toBe(12);
    }
    const other = await sell(commerce(), "adjustStock", { variantId, pieces: 8, reason: "RECEIVED", idempotencyKey });
    expect(other.code).toBe("IDEMPOTENCY_CONFLICT");
  });
});

describe("whose offers a seller may change", () => {
  test("another shop's product or variant does not exist for them, by any mutation or query", async () => {
    const { id, variants } = await listed(commerce(), {}, otherShop);
    const variantId = variants[0] ?? "";
    const attempts: [string, object, string][] = [
      ["changeProduct", { productId: id, title: "Milik saya" }, "PRODUCT_NOT_FOUND"],
      ["unlistProduct", { productId: id }, "PRODUCT_NOT_FOUND"],
      ["relistProduct", { productId: id }, "PRODUCT_NOT_FOUND"],
      ["changePrice", { variantId, price: "1.00" }, "VARIANT_NOT_FOUND"],
      ["adjustStock", { variantId, pieces: 1, reason: "RECEIVED" }, "VARIANT_NOT_FOUND"],
    ];
    for (const [field, input, code] of attempts) expect((await sell(commerce(), field, input)).code).toBe(code);
    const query = "query ($id: ID!) { sellerVariant(id: $id) { onHand } }";
    expect(await (await sellerOf(commerce(), shop)).data(query, { id: variantId })).toEqual({ sellerVariant: null });
    expect(await (await sellerOf(commerce(), otherShop)).data(query, { id: variantId })).toEqual({
      sellerVariant: { onHand: 5 },
    });
    expect(await stockOf(commerce(), variantId)).toEqual({ on_hand: 5, reserved: 0 });
  });

  test("ids that name nothing, or another product's variant, are refused by name", async () => {
    const { id } = await listed(commerce());
    const { variants: others } = await listed(commerce());
    expect((await sell(commerce(), "unlistProduct", { productId: "batik" })).code).toBe("PRODUCT_NOT_FOUND");
    expect((await sell(commerce(), "unlistProduct", { productId: id, variantIds: others })).code).toBe(
      "VARIANT_NOT_FOUND",
    );
    expect((await sell(commerce(), "unlistProduct", { productId: id, variantIds: [] })).code).toBe("INVALID_INPUT");
    expect((await sell(commerce(), "changePrice", { variantId: "batik", price: "1.00" })).code).toBe(
      "VARIANT_NOT_FOUND",
    );
  });

  test.each([
    "",
    "commerce:buy",
    "commerce:operate",
    "commerce:sell",
    `commerce:sell commerce:shop:${shop} commerce:shop:${otherShop}`,
  ])("somebody with %p may do none of it: FORBIDDEN", async (scope) => {
    const client = await commerce().client("somebody", scope);
    const requests: [string, object][] = [
      ["addProduct", shirt],
      ["changeProduct", { productId: deterministicId("product", 0) }],
      ["unlistProduct", { productId: deterministicId("product", 0) }],
      ["relistProduct", { productId: deterministicId("product", 0) }],
      ["changePrice", { variantId: deterministicId("variant", 0), price: "1.00" }],
      ["adjustStock", { variantId: deterministicId("variant", 0), pieces: 1, reason: "RECEIVED" }],
    ];
    for (const [field, input] of requests) {
      const { errors } = await client.send(documentOf(field), { input: { ...input, idempotencyKey: newKey() } });
      expect(errors[0]?.extensions?.code).toBe("FORBIDDEN");
    }
  });
});

describe("a listed product", () => {
  test("that is changed, keeps what is left out, and orders keep the title that they were placed with", async () => {
    const { id, variants } = await listed(commerce());
    const buyer = `buyer-${newKey()}`;
    const { orders } = await buy(commerce(), buyer, variants[0] ?? "");
    const payload = await sell(commerce(), "changeProduct", {
      productId: id,
      title: "Kemeja Parang Baru",
      description: null,
    });
    expect(payload.product).toMatchObject({ title: "Kemeja Parang Baru", description: shirt.description });
    const order = await (await commerce().client(buyer)).data<{ order: { lines: { title: string }[] } }>(
      "query ($id: ID!) { order(id: $id) { lines { title } } }",
      { id: orders[0]?.id },
    );
    expect(order.order.lines[0]?.title).toBe(shirt.title);
  });

  test("that is taken off sale, can be bought by nobody, not even from a cart, until it is on sale again", async () => {
    const { id, variants } = await listed(commerce());
    const buyer = `buyer-${newKey()}`;
    await putIntoCart(commerce(), buyer, variants[0] ?? "");
    await sell(commerce(), "unlistProduct", { productId: id });
    expect((await checkOut(commerce(), buyer)).__typename).toBe("OutOfStock");
    const client = await commerce().client();
    const page = await client.data<{ products: { nodes: { id: string }[] } }>(
      "{ products(first: 50) { nodes { id } } }",
    );
    expect(page.products.nodes.map((node) => node.id)).not.toContain(id);
    await sell(commerce(), "relistProduct", { productId: id, variantIds: [variants[0]] });
    expect((await checkOut(commerce(), buyer)).__typename).toBe("CheckoutSuccess");
    expect(await eventsOf(superuser, id)).toEqual(["item-available", "item-sold-out", "item-available"]);
    const { product: shown } = await client.data<{ product: { variants: { id: string }[] } }>(
      "query ($id: ID!) { product(id: $id) { variants { id } } }",
      { id },
    );
    expect(shown.variants).toEqual([{ id: variants[0] }]);
  });
});
