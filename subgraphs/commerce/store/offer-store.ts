import type { OfferStore } from "../domain/ports.ts";
import type { TransactionClient } from "./client.ts";

/** Variants as cart and checkout need them. */
export function createOfferStore(client: TransactionClient): OfferStore {
  return {
    offeredVariants: async (variantIds) => {
      const rows = await client.variant.findMany({
        where: { id: { in: [...variantIds] } },
        include: { product: { select: { shopId: true, title: true } } },
      });
      return rows.map((row) => ({
        id: row.id,
        productId: row.productId,
        shopId: row.product.shopId,
        title: row.product.title,
        price: { amountMinor: row.priceMinor, currency: row.currency },
        isSold: row.isSold,
      }));
    },
  };
}
