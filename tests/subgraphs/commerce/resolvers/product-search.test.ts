import { beforeAll, describe, expect, test } from "@jest/globals";
import { newKey, useCommerce } from "../support/test-commerce.ts";

const commerce = useCommerce();

interface Found {
  readonly nodes: { readonly id: string; readonly title: string; readonly description: string }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

const document = `query ($search: String!, $first: Int! = 10, $after: String) {
  searchProducts(search: $search, first: $first, after: $after) {
    nodes { id title description } pageInfo { hasNextPage endCursor } } }`;

async function search(text: string, more: Record<string, unknown> = {}): Promise<Found> {
  const client = await commerce().client();
  return (await client.data<{ searchProducts: Found }>(document, { search: text, ...more })).searchProducts;
}

interface Goods {
  readonly isSold?: boolean;
  readonly priceMinor?: number;
  readonly onHand?: number;
  /** Number of the seeded shop. */
  readonly shop?: number;
}

async function shopIds(): Promise<string[]> {
  const { rows } = await commerce().parts.database.pool.query("SELECT DISTINCT shop_id AS id FROM product ORDER BY 1");
  return rows.map(({ id }) => id);
}

async function insertProduct(title: string, description: string, goods: Goods = {}): Promise<string> {
  const { isSold = true, priceMinor = 100_000, onHand, shop = 0 } = goods;
  const { pool } = commerce().parts.database;
  const [id, variantId] = [newKey(), newKey()];
  await pool.query(
    `INSERT INTO product (id, shop_id, title, description, image_url, options, created_at)
     VALUES ($1, $2, $3, $4, 'https://media.example/p.jpg', '[]', now())`,
    [id, (await shopIds())[shop], title, description],
  );
  await pool.query(
    `INSERT INTO variant (id, product_id, position, sku, selected_options, price_minor, currency, weight_grams, is_sold)
     VALUES ($1, $2, 0, 'S', '[]', $4, 'IDR', 100, $3)`,
    [variantId, id, isSold, priceMinor],
  );
  if (onHand !== undefined)
    await pool.query("INSERT INTO stock (variant_id, on_hand) VALUES ($1, $2)", [variantId, onHand]);
  return id;
}

describe("a search for products", () => {
  test("finds each seeded product by the words of its title, among few", async () => {
    const client = await commerce().client();
    const { products } = await client.data<{ products: { nodes: { id: string; title: string }[] } }>(
      "{ products(first: 20) { nodes { id title } } }",
    );
    for (const { id, title } of products.nodes) {
      expect((await search(title, { first: 50 })).nodes.map((node) => node.id)).toContain(id);
    }
  });

  test("puts a word in the title before one in the description", async () => {
    const described = await insertProduct("Tas anyaman", "Dibuat dari zamrudin pilihan");
    const titled = await insertProduct("Zamrudin asli", "Batu pilihan");
    expect((await search("zamrudin")).nodes.map((node) => node.id)).toEqual([titled, described]);
  });

  test("takes the last word as a beginning, the others whole, and wants all of them", async () => {
    const id = await insertProduct("Selimut quokkalembut", "Hangat sekali");
    expect((await search("selimut quokka")).nodes.map((node) => node.id)).toEqual([id]);
    expect((await search("quokka selimut")).nodes).toEqual([]);
    expect((await search("selimut quokkalembut kapal")).nodes).toEqual([]);
  });

  test("leaves out what is no longer sold", async () => {
    await insertProduct("Xyloforium lama", "Habis", { isSold: false });
    expect((await search("xyloforium")).nodes).toEqual([]);
  });

  test("read page by page, finds everything once, though all are as relevant", async () => {
    const ids = new Set<string>();
    for (let n = 0; n < 9; n += 1) ids.add(await insertProduct("Wardrobia putih", "Lemari"));
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const found: Found = await search("wardrobia", { first: 2, after });
      seen.push(...found.nodes.map((node) => node.id));
      after = found.pageInfo.hasNextPage ? found.pageInfo.endCursor : null;
    } while (after !== null);
    expect(seen).toHaveLength(9);
    expect(new Set(seen)).toEqual(ids);
  });

  test("is one statement and can use its index", async () => {
    const before = await commerce().statements();
    await search("kaos", { first: 50 });
    expect((await commerce().statements()) - before).toBe(1);
    const { pool } = commerce().parts.database;
    const client = await pool.connect();
    try {
      await client.query("BEGIN; SET LOCAL enable_seqscan = off");
      const { rows } = await client.query(
        "EXPLAIN SELECT id FROM product p, to_tsquery('indonesian', 'kaos:*') AS wanted WHERE p.search @@ wanted",
      );
      expect(JSON.stringify(rows)).toContain("product_search_idx");
    } finally {
      await client.query("ROLLBACK");
      client.release();
    }
  });

  test.each([
    ["of one letter", { search: "a" }],
    ["of signs alone", { search: "& | ! ( ) : * '" }],
    ["with the cursor of another list", { search: "kaos", after: Buffer.from(newKey()).toString("base64url") }],
    ["with a cursor that is no key", { search: "kaos", after: Buffer.from("1; DROP TABLE x").toString("base64url") }],
    ["with a relevance beyond its bounds", { search: "kaos", after: Buffer.from("99999999 x").toString("base64url") }],
  ])("%s is refused as BAD_USER_INPUT", async (_what, variables) => {
    const { errors } = await (await commerce().client()).send(document, variables);
    expect(errors[0]?.extensions?.code).toBe("BAD_USER_INPUT");
  });

  test("with the signs of a query language, finds what the words find", async () => {
    const id = await insertProduct("Kwarsit merah", "Batu");
    expect((await search("'kwarsit' & !merah:*)")).nodes.map((node) => node.id)).toEqual([id]);
  });
});

interface Facets {
  readonly total: number;
  readonly available: number;
  readonly shops: { readonly shop: { readonly id: string }; readonly count: number }[];
  readonly prices: {
    readonly from: { readonly amount: string };
    readonly to: { readonly amount: string } | null;
    readonly count: number;
  }[];
}

const facetsDocument = `query ($search: String!, $filter: ProductFilterInput) {
  productFacets(search: $search, filter: $filter) {
    total available shops { shop { id } count } prices { from { amount } to { amount } count } }
  searchProducts(search: $search, filter: $filter, first: 50) { nodes { id } } }`;

async function narrowed(text: string, filter: object = {}) {
  type Answer = { productFacets: Facets; searchProducts: { nodes: { id: string }[] } };
  const answer = await (await commerce().client()).data<Answer>(facetsDocument, { search: text, filter });
  const { total, available, shops, prices } = answer.productFacets;
  return {
    ids: answer.searchProducts.nodes.map(({ id }) => id).sort(),
    total,
    available,
    shops: shops.map(({ shop, count }) => [shop.id, count]),
    prices: prices
      .filter(({ count }) => count > 0)
      .map(({ from, to, count }) => [from.amount, to?.amount ?? null, count]),
  };
}

describe("a search that is narrowed, and the counts to narrow it by", () => {
  let first: string;
  let second: string;
  let ids: Record<"cheap" | "middle" | "dear" | "gone", string>;

  beforeAll(async () => {
    [first = "", second = ""] = await shopIds();
    const title = "Wolframit ukir";
    ids = {
      cheap: await insertProduct(title, "Batu", { priceMinor: 4_999_999, onHand: 1 }),
      middle: await insertProduct(title, "Batu", { priceMinor: 5_000_000, onHand: 2 }),
      dear: await insertProduct(title, "Batu", { priceMinor: 250_000_000, onHand: 3, shop: 1 }),
      gone: await insertProduct(title, "Batu", { priceMinor: 5_000_001, onHand: 0 }),
    };
  });

  test("by nothing, counts all, in the bands that their prices begin", async () => {
    expect(await narrowed("wolframit")).toEqual({
      ids: Object.values(ids).sort(),
      total: 4,
      available: 3,
      shops: [
        [first, 3],
        [second, 1],
      ],
      prices: [
        ["0.00", "50000.00", 1],
        ["50000.00", "100000.00", 2],
        ["1000000.00", null, 1],
      ],
    });
  });

  test("by a shop, still counts the other shops; by a price, the other prices", async () => {
    expect(await narrowed("wolframit", { shopIds: [second], leastPrice: "50000" })).toMatchObject({
      ids: [ids.dear],
      total: 1,
      shops: [
        [first, 2],
        [second, 1],
      ],
      prices: [["1000000.00", null, 1]],
    });
  });

  test("by what can be bought, finds no product without a piece", async () => {
    const found = await narrowed("wolframit", { isAvailable: true, mostPrice: "50000.01" });
    expect(found).toMatchObject({ ids: [ids.cheap, ids.middle].sort(), total: 2, available: 2 });
  });

  test("takes the price of a flash sale while it runs, as the product shows it", async () => {
    const { pool } = commerce().parts.database;
    await pool.query(
      `INSERT INTO flash_sale (id, variant_id, price_minor, currency, quota, max_per_buyer, starts_at, ends_at)
       SELECT $1, id, 1000000, 'IDR', 5, 1, now() - interval '1 hour', now() + interval '1 hour' FROM variant WHERE product_id = $2`,
      [newKey(), ids.dear],
    );
    expect((await narrowed("wolframit", { mostPrice: "10000.00" })).ids).toEqual([ids.dear]);
  });

  test("by a shop that is none, finds nothing; counts are one statement", async () => {
    expect(await narrowed("wolframit", { shopIds: ["no uuid"] })).toMatchObject({ ids: [], total: 0 });
    const before = await commerce().statements();
    const document = '{ productFacets(search: "kaos") { total prices { count } } }';
    await (await commerce().client()).data(document, {});
    expect((await commerce().statements()) - before).toBe(1);
  });

  test.each([
    ["more than 20 shops", { shopIds: Array.from({ length: 21 }, newKey) }],
    ["a price below zero", { leastPrice: "-1" }],
    ["prices the wrong way round", { leastPrice: "2", mostPrice: "1" }],
    ["a price that is no number", { mostPrice: "cheap" }],
  ])("with %s is refused as BAD_USER_INPUT", async (_what, filter) => {
    const { errors } = await (await commerce().client()).send(facetsDocument, { search: "kaos", filter });
    expect(errors[0]?.extensions?.code).toBe("BAD_USER_INPUT");
  });
});
