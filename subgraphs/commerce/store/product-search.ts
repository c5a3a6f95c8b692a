import { toPage } from "../../../platform/values/page.ts";
import { Prisma, type PrismaClient } from "../../../prisma/commerce/client/client.ts";
import {
  mostCounted,
  type ProductFacets,
  type ProductFilter,
  type ProductSearch,
  priceBandsMinor,
} from "../domain/product-search.ts";
import { runningSaleJoin } from "./flash-sale-reads.ts";
import { type ProductColumns, toProduct } from "./product-row.ts";

type Found = ProductColumns & { readonly relevance: number };

const mostShops = 20;

/** The query as PostgreSQL reads it: all words, the last one as a beginning. Words are letters and digits alone. */
function toQueryText(words: readonly string[]): string {
  return words.map((word, index) => (index === words.length - 1 ? `${word}:*` : word)).join(" & ");
}

// Of a product `p`: its lowest price now, and whether a piece can be bought.
const offer = Prisma.sql`SELECT min(coalesce(f.price_minor, v.price_minor)) AS price,
    coalesce(bool_or(s.on_hand > s.reserved), false) AS is_available
  FROM variant v LEFT JOIN stock s ON s.variant_id = v.id ${runningSaleJoin} WHERE v.product_id = p.id AND v.is_sold`;

function conditions({ shopIds, leastPriceMinor, mostPriceMinor, isAvailable }: ProductFilter) {
  return {
    ofShop: shopIds === null ? Prisma.sql`true` : Prisma.sql`shop_id = ANY(${[...shopIds]}::uuid[])`,
    inPrice: Prisma.sql`(${leastPriceMinor}::bigint IS NULL OR price >= ${leastPriceMinor}::bigint)
      AND (${mostPriceMinor}::bigint IS NULL OR price <= ${mostPriceMinor}::bigint)`,
    inStock: isAvailable ? Prisma.sql`is_available` : Prisma.sql`true`,
  };
}

const nothingChosen = ({ shopIds, leastPriceMinor, mostPriceMinor, isAvailable }: ProductFilter): boolean =>
  shopIds === null && leastPriceMinor === null && mostPriceMinor === null && !isAvailable;

/** Where a product passes the filter. Without one, its offer is not looked at. */
function passes(filter: ProductFilter): Prisma.Sql {
  if (nothingChosen(filter)) return Prisma.sql`EXISTS (SELECT FROM variant v WHERE v.product_id = p.id AND v.is_sold)`;
  const { ofShop, inPrice, inStock } = conditions(filter);
  return Prisma.sql`EXISTS (SELECT FROM (${offer}) AS o WHERE o.price IS NOT NULL AND ${ofShop} AND ${inPrice} AND ${inStock})`;
}

interface FacetRow {
  readonly kind: "total" | "available" | "shop" | "price";
  readonly key: string | null;
  readonly count: number;
}

function toFacets(rows: readonly FacetRow[]): ProductFacets {
  const countOf = (kind: FacetRow["kind"], key: string | null = null) =>
    rows.find((row) => row.kind === kind && row.key === key)?.count ?? 0;
  const shops = rows.filter(({ kind }) => kind === "shop").map(({ key, count }) => ({ shopId: key ?? "", count }));
  const prices = priceBandsMinor.map((fromMinor, index) => ({
    fromMinor,
    toMinor: priceBandsMinor[index + 1] ?? null,
    // width_bucket counts from 1.
    count: countOf("price", String(index + 1)),
  }));
  return { total: countOf("total"), available: countOf("available"), shops, prices };
}

/** Full-text search over products, by the key (relevance, id). Source: PostgreSQL, "Full Text Search", dictionary `indonesian`. */
export function createProductSearch(prisma: PrismaClient): ProductSearch {
  return {
    searchProducts: async ({ words, filter }, page) => {
      const [relevance = null, id = null] = page.after === null ? [] : page.after.split(" ");
      // Relevance in millionths: whole numbers compare exactly, so that no product is on two pages or on none.
      const rows = await prisma.$queryRaw<Found[]>`
        SELECT * FROM (
          SELECT p.id, p.shop_id AS "shopId", p.title, p.description, p.image_url AS "imageUrl", p.options,
            round(ts_rank(p.search, wanted) * 1000000)::int AS relevance
          FROM to_tsquery('indonesian', ${toQueryText(words)}) AS wanted
          JOIN product p ON p.search @@ wanted
          WHERE ${passes(filter)}
        ) AS found
        WHERE ${page.after}::text IS NULL OR (relevance, id) < (${relevance}::int, ${id}::uuid)
        ORDER BY relevance DESC, id DESC LIMIT ${page.first + 1}`;
      const keyed = rows.map((row) => ({ key: `${row.relevance} ${row.id}`, product: toProduct(row) }));
      const found = toPage(keyed, page, ({ key }) => key);
      return { ...found, entries: found.entries.map(({ key, value }) => ({ key, value: value.product })) };
    },
    productFacets: async ({ words, filter }) => {
      const { ofShop, inPrice, inStock } = conditions(filter);
      const rows = await prisma.$queryRaw<FacetRow[]>`
        WITH relevant AS (
          SELECT p.id, p.shop_id FROM to_tsquery('indonesian', ${toQueryText(words)}) AS wanted
          JOIN product p ON p.search @@ wanted
          WHERE EXISTS (SELECT FROM variant v WHERE v.product_id = p.id AND v.is_sold)
          ORDER BY ts_rank(p.search, wanted) DESC, p.id DESC LIMIT ${mostCounted}),
        marked AS (
          SELECT p.shop_id, o.price, o.is_available, ${ofShop} AS of_shop, ${inPrice} AS in_price, ${inStock} AS in_stock
          FROM relevant p CROSS JOIN LATERAL (${offer}) AS o),
        shops AS (
          SELECT shop_id::text AS key, count(*)::int FROM marked WHERE in_price AND in_stock
          GROUP BY shop_id ORDER BY count(*) DESC, shop_id LIMIT ${mostShops})
        SELECT 'total' AS kind, NULL AS key, count(*)::int FROM marked WHERE of_shop AND in_price AND in_stock
        UNION ALL SELECT 'available', NULL, count(*)::int FROM marked WHERE of_shop AND in_price AND is_available
        UNION ALL SELECT 'price', width_bucket(price, ${[...priceBandsMinor]}::bigint[])::text, count(*)::int
          FROM marked WHERE of_shop AND in_stock GROUP BY 2
        UNION ALL SELECT 'shop', key, count FROM shops`;
      return toFacets(rows);
    },
  };
}
