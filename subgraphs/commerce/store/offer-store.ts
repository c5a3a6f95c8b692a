import type { OfferedVariant } from "../domain/catalogue.ts";
import type { OfferStore } from "../domain/ports.ts";
import type { TransactionClient } from "./client.ts";
import { runningSaleJoin } from "./flash-sale-reads.ts";

interface OfferRow extends Omit<OfferedVariant, "price" | "sale"> {
  readonly priceMinor: bigint;
  readonly currency: string;
  readonly saleId: string | null;
  readonly remaining: number | null;
  readonly maxPerBuyer: number | null;
}

function toOffer({ priceMinor, currency, saleId, remaining, maxPerBuyer, ...row }: OfferRow): OfferedVariant {
  const hasSale = saleId !== null && remaining !== null && maxPerBuyer !== null;
  const sale = hasSale ? { id: saleId, remaining, maxPerBuyer } : null;
  return { ...row, price: { amountMinor: priceMinor, currency }, sale };
}

/** Variants as cart and checkout need them. */
export function createOfferStore(client: TransactionClient): OfferStore {
  return {
    offeredVariants: async (variantIds) => {
      const rows = await client.$queryRaw<OfferRow[]>`
        SELECT v.id, v.product_id AS "productId", p.shop_id AS "shopId", p.title, v.currency, v.is_sold AS "isSold",
               v.weight_grams AS "weightGrams", shop.district_code AS "shopDistrictCode",
               coalesce(f.price_minor, v.price_minor) AS "priceMinor", coalesce(s.on_hand - s.reserved, 0) AS "availableQuantity",
               f.id AS "saleId", f.quota - f.sold AS remaining, f.max_per_buyer AS "maxPerBuyer"
        FROM variant v JOIN product p ON p.id = v.product_id JOIN shop ON shop.id = p.shop_id
          LEFT JOIN stock s ON s.variant_id = v.id ${runningSaleJoin}
        WHERE v.id = ANY(${[...variantIds]}::uuid[])`;
      return rows.map(toOffer);
    },
    lockPrice: async (variantId) => {
      const [row] = await client.$queryRaw<{ productId: string; priceMinor: bigint; currency: string }[]>`
        SELECT product_id AS "productId", price_minor AS "priceMinor", currency
        FROM variant WHERE id = ${variantId}::uuid FOR NO KEY UPDATE`;
      if (row === undefined) return null;
      return { productId: row.productId, price: { amountMinor: row.priceMinor, currency: row.currency } };
    },
    setPrice: async (variantId, { amountMinor, currency }) => {
      await client.variant.update({ where: { id: variantId, currency }, data: { priceMinor: amountMinor } });
    },
  };
}
