import { beforeAll, describe, expect, test } from "@jest/globals";
import { deterministicId } from "../../../../platform/runtime/ids.ts";
import { addAddress, buy, seededVariant } from "../support/buyer-journey.ts";
import { newKey, useCommerce } from "../support/test-commerce.ts";

const commerce = useCommerce();

interface Connection {
  readonly nodes: { readonly id: string }[];
  readonly edges: { readonly cursor: string }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

async function anonymous<Data>(document: string, variables: Record<string, unknown> = {}): Promise<Data> {
  return (await commerce().client()).data<Data>(document, variables);
}

const page = "nodes { id } edges { cursor } pageInfo { hasNextPage endCursor }";

describe("products", () => {
  const document = `query ($first: Int! = 10, $after: String, $shopId: ID) {
    products(first: $first, after: $after, shopId: $shopId) { ${page} } }`;

  test("read page by page, are all of them once, newest first", async () => {
    const ids: string[] = [];
    let after: string | null = null;
    do {
      const { products }: { products: Connection } = await anonymous(document, { first: 7, after });
      ids.push(...products.nodes.map((node) => node.id));
      after = products.pageInfo.hasNextPage ? products.pageInfo.endCursor : null;
    } while (after !== null);
    const all = Array.from({ length: 60 }, (_, n) => deterministicId("product", n));
    expect(ids).toEqual(all.reverse());
  });

  test("of a shop, are that shop's alone; of an unknown shop, none", async () => {
    const { product } = await anonymous<{ product: { shop: { id: string } } }>(
      "query ($id: ID!) { product(id: $id) { shop { id } } }",
      { id: deterministicId("product", 4) },
    );
    const { products } = await anonymous<{ products: Connection }>(document, { first: 50, shopId: product.shop.id });
    const { rows } = await commerce().parts.database.pool.query(
      "SELECT id FROM product WHERE shop_id = $1 ORDER BY id DESC",
      [product.shop.id],
    );
    expect(products.nodes).toEqual(rows);
    for (const shopId of [deterministicId("shop", 999), "nowhere"]) {
      expect((await anonymous<{ products: Connection }>(document, { shopId })).products.nodes).toEqual([]);
    }
  });

  test.each([
    [{ first: 0 }, "first"],
    [{ first: 51 }, "first"],
    [{ after: "%%%" }, "after"],
    [{ after: Buffer.from("1; DROP TABLE product").toString("base64url") }, "after"],
  ])("asked for with %p, answer BAD_USER_INPUT naming the argument", async (variables, name) => {
    const { errors } = await (await commerce().client()).send(document, variables);
    expect(errors[0]?.extensions?.code).toBe("BAD_USER_INPUT");
    expect(errors[0]?.message).toContain(name);
  });
});

describe("a product", () => {
  test("is shown with options, variants in order, the lowest price and the stock that can be bought", async () => {
    const id = deterministicId("product", 2);
    const { product } = await anonymous<{
      product: {
        options: { name: string; values: string[] }[];
        variants: { price: { amount: string }; availableStock: number; selectedOptions: { value: string }[] }[];
        price: { amount: string; currency: string };
        availableStock: number;
      };
    }>(
      `query ($id: ID!) { product(id: $id) { options { name values } price { amount currency } availableStock
        variants { price { amount } availableStock selectedOptions { name value } } } }`,
      { id },
    );
    expect(product.options.map((option) => option.name)).toEqual(["Gilingan", "Berat"]);
    expect(product.variants.map((variant) => variant.selectedOptions.map(({ value }) => value).join())).toEqual(
      product.options[0]?.values.flatMap((grind) => product.options[1]?.values.map((weight) => `${grind},${weight}`)),
    );
    const prices = product.variants.map((variant) => Number(variant.price.amount));
    expect(Number(product.price.amount)).toBe(Math.min(...prices));
    expect(product.availableStock).toBe(product.variants.reduce((sum, variant) => sum + variant.availableStock, 0));
  });

  test("that does not exist, or whose id is none, is null", async () => {
    for (const id of [deterministicId("product", 9_999), "batik"]) {
      expect(await anonymous("query ($id: ID!) { product(id: $id) { id } shop(id: $id) { id } }", { id })).toEqual({
        product: null,
        shop: null,
      });
    }
  });
});

describe("districts", () => {
  const document =
    "query ($search: String!, $first: Int! = 10) { districts(search: $search, first: $first) { name regency province } }";
  interface Found {
    readonly districts: { readonly name: string; readonly regency: string; readonly province: string }[];
  }

  test("found by words of name and regency, in any case and order, have each word", async () => {
    const { districts } = await anonymous<Found>(document, { search: "sleman DEP" });
    expect(districts).toEqual([{ name: "Depok", regency: "Kabupaten Sleman", province: "Daerah Istimewa Yogyakarta" }]);
  });

  test("are at most as many as asked for, by name", async () => {
    const { districts } = await anonymous<Found>(document, { search: "jawa", first: 50 });
    expect(districts).toHaveLength(50);
    expect(districts.map(({ name }) => name)).toEqual(districts.map(({ name }) => name).sort());
  });

  test("searched with characters that SQL gives a meaning to, are none rather than all", async () => {
    for (const search of ["%%", "__", "\\\\", "';--"]) {
      expect((await anonymous<Found>(document, { search })).districts).toEqual([]);
    }
  });

  test("searched with one character, answer BAD_USER_INPUT", async () => {
    const { errors } = await (await commerce().client()).send(document, { search: " a " });
    expect(errors[0]?.extensions?.code).toBe("BAD_USER_INPUT");
  });
});

test("ways to pay are those of the configured providers", async () => {
  expect(await anonymous("{ paymentMethods { id kind providerName } }")).toEqual({
    paymentMethods: [{ id: "bank-uji.virtual-account", kind: "VIRTUAL_ACCOUNT", providerName: "Bank Uji" }],
  });
});

describe("what is a buyer's own", () => {
  let buyer: string;
  let orderId: string;
  let paymentId: string;

  beforeAll(async () => {
    buyer = `buyer-${newKey()}`;
    await addAddress(commerce(), buyer);
    const bought = await buy(commerce(), buyer, seededVariant(6));
    orderId = bought.orders[0]?.id ?? "";
    paymentId = bought.payment.id;
  });

  const entities =
    "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Order { id } ... on Payment { id } } }";
  const representations = () => [
    { __typename: "Order", id: orderId },
    { __typename: "Payment", id: paymentId },
  ];

  test("is shown to them", async () => {
    const client = await commerce().client(buyer);
    const data = await client.data<{ order: { id: string }; orders: Connection }>(
      `query ($id: ID!) { order(id: $id) { id } orders { ${page} } }`,
      { id: orderId },
    );
    expect(data).toMatchObject({ order: { id: orderId }, orders: { nodes: [{ id: orderId }] } });
    expect(await client.data(entities, { r: representations() })).toEqual({
      _entities: [{ id: orderId }, { id: paymentId }],
    });
  });

  test("is null or empty for another buyer, whatever the way", async () => {
    const client = await commerce().client(`other-${buyer}`);
    expect(
      await client.data(
        "query ($id: ID!) { order(id: $id) { id } orders { nodes { id } } addresses { id } cart { version } }",
        { id: orderId },
      ),
    ).toEqual({ order: null, orders: { nodes: [] }, addresses: [], cart: { version: 0 } });
    expect(await client.data(entities, { r: representations() })).toEqual({ _entities: [null, null] });
  });

  test("is not there for somebody who is not signed in: UNAUTHENTICATED, and no entity", async () => {
    const client = await commerce().client();
    for (const field of [
      "cart { version }",
      "addresses { id }",
      "orders { nodes { id } }",
      `order(id: "${orderId}") { id }`,
    ]) {
      const { data, errors } = await client.send(`{ ${field} }`);
      expect(errors[0]?.extensions?.code).toBe("UNAUTHENTICATED");
      expect(Object.values(data ?? {})).toEqual([null]);
    }
    expect(await client.data(entities, { r: representations() })).toEqual({ _entities: [null, null] });
  });

  test("is FORBIDDEN to somebody signed in without the scope, reading or writing", async () => {
    const client = await commerce().client(buyer, "");
    const { errors } = await client.send("{ cart { version } }");
    expect(errors[0]?.extensions?.code).toBe("FORBIDDEN");
    const input = { variantId: seededVariant(0), quantity: 1, idempotencyKey: newKey() };
    const added = await client.send("mutation ($input: AddToCartInput!) { addToCart(input: $input) { __typename } }", {
      input,
    });
    expect(added.errors[0]?.extensions?.code).toBe("FORBIDDEN");
  });
});
