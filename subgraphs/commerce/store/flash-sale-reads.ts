import { Prisma, type PrismaClient } from "../../../prisma/commerce/client/client.ts";
import type { FlashSale, FlashSaleReads } from "../domain/flash-sale.ts";

/** SQL that joins to a variant `v` the sale `f` whose price it has; at most one. */
export const runningSaleJoin = Prisma.raw(`LEFT JOIN LATERAL (
    SELECT s.id, s.price_minor, s.quota, s.sold, s.max_per_buyer FROM flash_sale s
    WHERE s.variant_id = v.id AND s.starts_at <= now() AND now() < s.ends_at AND s.sold < s.quota ORDER BY s.id LIMIT 1) AS f ON true`);

interface SaleRow extends Omit<FlashSale, "price" | "regularPrice"> {
  readonly priceMinor: bigint;
  readonly regularPriceMinor: bigint;
  readonly currency: string;
}

const selected = Prisma.raw(`SELECT f.id, f.variant_id AS "variantId", f.price_minor AS "priceMinor", f.currency,
    v.price_minor AS "regularPriceMinor", f.quota, f.quota - f.sold AS remaining, f.max_per_buyer AS "maxPerBuyer",
    f.starts_at AS "startsAt", f.ends_at AS "endsAt",
    CASE WHEN now() < f.starts_at THEN 'SCHEDULED' WHEN f.ends_at <= now() THEN 'ENDED'
      WHEN f.sold >= f.quota THEN 'SOLD_OUT' ELSE 'RUNNING' END AS status
  FROM flash_sale f JOIN variant v ON v.id = f.variant_id`);

function toFlashSale({ priceMinor, regularPriceMinor, currency, ...sale }: SaleRow): FlashSale {
  return {
    ...sale,
    price: { amountMinor: priceMinor, currency },
    regularPrice: { amountMinor: regularPriceMinor, currency },
  };
}

/** Flash sales as anybody may read them. */
export function createFlashSaleReads(prisma: PrismaClient): FlashSaleReads {
  return {
    flashSalesByIds: async (ids) => {
      const rows = await prisma.$queryRaw<SaleRow[]>`${selected} WHERE f.id = ANY(${[...ids]}::uuid[])`;
      return rows.map(toFlashSale);
    },
    openFlashSales: async (first) => {
      const rows = await prisma.$queryRaw<SaleRow[]>`
        ${selected} WHERE now() < f.ends_at ORDER BY f.ends_at, f.id LIMIT ${first}`;
      return rows.map(toFlashSale);
    },
  };
}
