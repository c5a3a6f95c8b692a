import { type Page, type PageRequest, toPage } from "../../../platform/values/page.ts";
import type { PrismaClient } from "../../../prisma/commerce/client/client.ts";
import type { Product } from "../domain/catalogue.ts";
import type { CatalogueReads } from "../domain/reads.ts";
import { createFlashSaleReads } from "./flash-sale-reads.ts";
import { type ProductColumns, toProduct } from "./product-row.ts";
import { createProductSearch } from "./product-search.ts";
import { createVariantReads } from "./variant-reads.ts";

/** Escapes what LIKE gives a meaning to. */
function literal(word: string): string {
  return word.replaceAll(/[\\%_]/g, "\\$&");
}

function idOf(product: Product): string {
  return product.id;
}

function pagesOf(prisma: PrismaClient): Pick<CatalogueReads, "productPage" | "productPagesByShops"> {
  const productPage: CatalogueReads["productPage"] = async (page) => {
    const rows = await prisma.product.findMany({
      where: { variants: { some: { isSold: true } }, ...(page.after === null ? {} : { id: { lt: page.after } }) },
      orderBy: { id: "desc" },
      take: page.first + 1,
    });
    return toPage(rows.map(toProduct), page, idOf);
  };
  async function productPagesByShops(shopIds: readonly string[], page: PageRequest): Promise<Page<Product>[]> {
    const rows = await prisma.$queryRaw<ProductColumns[]>`
      SELECT p.id, p.shop_id AS "shopId", p.title, p.description, p.image_url AS "imageUrl", p.options
      FROM unnest(${[...shopIds]}::uuid[]) AS wanted (shop_id)
      CROSS JOIN LATERAL (
        SELECT * FROM product
        WHERE product.shop_id = wanted.shop_id AND (${page.after}::uuid IS NULL OR product.id < ${page.after}::uuid)
          AND EXISTS (SELECT FROM variant WHERE variant.product_id = product.id AND variant.is_sold)
        ORDER BY product.id DESC LIMIT ${page.first + 1}
      ) AS p
      ORDER BY p.id DESC`;
    const products = rows.map(toProduct);
    return shopIds.map((shopId) =>
      toPage(
        products.filter((product) => product.shopId === shopId),
        page,
        idOf,
      ),
    );
  }
  return { productPage, productPagesByShops };
}

/** What anybody may read, from the database. */
export function createCatalogueReads(prisma: PrismaClient): CatalogueReads {
  const searchDistricts: CatalogueReads["searchDistricts"] = (words, first) => {
    const contains = (word: string) => ({ contains: literal(word), mode: "insensitive" as const });
    return prisma.district.findMany({
      where: {
        AND: words.map((word) => ({
          OR: [{ name: contains(word) }, { regency: contains(word) }, { province: contains(word) }],
        })),
      },
      orderBy: [{ name: "asc" }, { code: "asc" }],
      take: first,
    });
  };
  return {
    ...pagesOf(prisma),
    searchDistricts,
    ...createProductSearch(prisma),
    productsByIds: async (ids) => (await prisma.product.findMany({ where: { id: { in: [...ids] } } })).map(toProduct),
    shopsByIds: (ids) => prisma.shop.findMany({ where: { id: { in: [...ids] } } }),
    districtsByCodes: (codes) => prisma.district.findMany({ where: { code: { in: [...codes] } } }),
    ...createVariantReads(prisma),
    ...createFlashSaleReads(prisma),
    stockByVariants: (variantIds) => prisma.stock.findMany({ where: { variantId: { in: [...variantIds] } } }),
  };
}
