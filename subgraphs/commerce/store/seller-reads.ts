import { toPage } from "../../../platform/values/page.ts";
import type { PrismaClient } from "../../../prisma/commerce/client/client.ts";
import type { SellerReads } from "../domain/listing.ts";

interface SellerVariantRow {
  readonly variantId: string;
  readonly priceMinor: bigint;
  readonly currency: string;
  readonly isListed: boolean;
  readonly onHand: number;
  readonly reserved: number;
}

function keyOf({ id }: { readonly id: string }): string {
  return id;
}

/** What sellers read of their offers, from the database. */
export function createSellerReads(prisma: PrismaClient): SellerReads {
  return {
    variant: async (shopId, variantId) => {
      const [row] = await prisma.$queryRaw<SellerVariantRow[]>`
        SELECT v.id AS "variantId", v.price_minor AS "priceMinor", v.currency, v.is_sold AS "isListed",
          coalesce(s.on_hand, 0) AS "onHand", coalesce(s.reserved, 0) AS reserved
        FROM variant v JOIN product p ON p.id = v.product_id LEFT JOIN stock s ON s.variant_id = v.id
        WHERE v.id = ${variantId}::uuid AND p.shop_id = ${shopId}::uuid`;
      if (row === undefined) return null;
      const { priceMinor, currency, ...rest } = row;
      return { ...rest, regularPrice: { amountMinor: priceMinor, currency } };
    },
    priceChanges: async (variantId, page) => {
      const rows = await prisma.priceChange.findMany({
        where: { variantId, ...(page.after === null ? {} : { id: { lt: page.after } }) },
        orderBy: { id: "desc" },
        take: page.first + 1,
      });
      const changes = rows.map(({ fromMinor, toMinor, currency, ...change }) => ({
        ...change,
        from: fromMinor === null ? null : { amountMinor: fromMinor, currency },
        to: { amountMinor: toMinor, currency },
      }));
      return toPage(changes, page, keyOf);
    },
    stockMovements: async (variantId, page) => {
      const rows = await prisma.stockMovement.findMany({
        where: { variantId, ...(page.after === null ? {} : { id: { lt: page.after } }) },
        orderBy: { id: "desc" },
        take: page.first + 1,
      });
      return toPage(rows, page, keyOf);
    },
  };
}
