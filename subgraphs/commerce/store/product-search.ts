import { type Page, type PageRequest, toPage } from "../../../platform/values/page.ts";
import type { PrismaClient } from "../../../prisma/commerce/client/client.ts";
import type { Product } from "../domain/catalogue.ts";
import type { CatalogueReads } from "../domain/reads.ts";
import { type ProductColumns, toProduct } from "./product-row.ts";

type Found = ProductColumns & { readonly relevance: number };

/** The query as PostgreSQL reads it: all words, the last one as a beginning. Words are letters and digits alone. */
function toQueryText(words: readonly string[]): string {
  return words.map((word, index) => (index === words.length - 1 ? `${word}:*` : word)).join(" & ");
}

/** Full-text search over products, by the key (relevance, id). Source: PostgreSQL, "Full Text Search", dictionary `indonesian`. */
export function createProductSearch(prisma: PrismaClient): CatalogueReads["searchProducts"] {
  return async (words, page: PageRequest): Promise<Page<Product>> => {
    const [relevance = null, id = null] = page.after === null ? [] : page.after.split(" ");
    // Relevance in millionths: whole numbers compare exactly, so that no product is on two pages or on none.
    const rows = await prisma.$queryRaw<Found[]>`
      SELECT * FROM (
        SELECT p.id, p.shop_id AS "shopId", p.title, p.description, p.image_url AS "imageUrl", p.options,
          round(ts_rank(p.search, wanted) * 1000000)::int AS relevance
        FROM to_tsquery('indonesian', ${toQueryText(words)}) AS wanted
        JOIN product p ON p.search @@ wanted
        WHERE EXISTS (SELECT FROM variant v WHERE v.product_id = p.id AND v.is_sold)
      ) AS found
      WHERE ${page.after}::text IS NULL OR (relevance, id) < (${relevance}::int, ${id}::uuid)
      ORDER BY relevance DESC, id DESC LIMIT ${page.first + 1}`;
    const keyed = rows.map((row) => ({ key: `${row.relevance} ${row.id}`, product: toProduct(row) }));
    const found = toPage(keyed, page, ({ key }) => key);
    return { ...found, entries: found.entries.map(({ key, value }) => ({ key, value: value.product })) };
  };
}
