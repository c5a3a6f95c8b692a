import { describe, expect, test } from "@jest/globals";
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

async function insertProduct(title: string, description: string, isSold = true): Promise<string> {
  const { pool } = commerce().parts.database;
  const { rows } = await pool.query("SELECT shop_id FROM product ORDER BY id LIMIT 1");
  const id = newKey();
  await pool.query(
    `INSERT INTO product (id, shop_id, title, description, image_url, options, created_at)
     VALUES ($1, $2, $3, $4, 'https://media.example/p.jpg', '[]', now())`,
    [id, rows[0].shop_id, title, description],
  );
  await pool.query(
    `INSERT INTO variant (id, product_id, position, sku, selected_options, price_minor, currency, weight_grams, is_sold)
     VALUES ($1, $2, 0, 'S', '[]', 100000, 'IDR', 100, $3)`,
    [newKey(), id, isSold],
  );
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
    await insertProduct("Xyloforium lama", "Habis", false);
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
