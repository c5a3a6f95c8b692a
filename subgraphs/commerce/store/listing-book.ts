import type { NewId } from "../../../platform/values/ids.ts";
import type { ListingBook, NewProduct, PriceChange, StockMovement } from "../domain/listing.ts";
import type { TransactionClient } from "./client.ts";
import { type ProductColumns, toProduct } from "./product-row.ts";
import { clientOf } from "./transactions.ts";

function priceChangeRow({ from, to, ...change }: PriceChange) {
  return { ...change, fromMinor: from?.amountMinor ?? null, toMinor: to.amountMinor, currency: to.currency };
}

async function insertHistories(
  client: TransactionClient,
  newId: NewId,
  { variants }: NewProduct,
  by: string,
  at: Date,
): Promise<void> {
  await client.priceChange.createMany({
    data: variants.map(({ id, price }) =>
      priceChangeRow({ id: newId(), variantId: id, from: null, to: price, by, at }),
    ),
  });
  const opening = variants.filter(({ pieces }) => pieces > 0);
  if (opening.length === 0) return;
  await client.stockMovement.createMany({
    data: opening.map(
      ({ id, pieces }): StockMovement => ({
        id: newId(),
        variantId: id,
        pieces,
        reason: "OPENING",
        note: null,
        by,
        at,
      }),
    ),
  });
}

/** Offers in `product`, `variant`, `stock` and their histories, in the caller's transaction. */
export function createListingBook(newId: NewId): ListingBook {
  return {
    insert: async (tx, product, by, at) => {
      const client = clientOf(tx);
      const { variants, options, ...texts } = product;
      await client.product.create({
        data: { ...texts, options: options.map(({ name, values }) => ({ name, values: [...values] })), createdAt: at },
      });
      await client.variant.createMany({
        data: variants.map(({ id, sku, selectedOptions, price, weightGrams }, position) => ({
          id,
          productId: product.id,
          position,
          sku,
          selectedOptions: selectedOptions.map(({ name, value }) => ({ name, value })),
          priceMinor: price.amountMinor,
          currency: price.currency,
          weightGrams,
        })),
      });
      await client.stock.createMany({ data: variants.map(({ id, pieces }) => ({ variantId: id, onHand: pieces })) });
      await insertHistories(client, newId, product, by, at);
    },
    lockProduct: async (tx, shopId, productId) => {
      const [row] = await clientOf(tx).$queryRaw<ProductColumns[]>`
        SELECT id, shop_id AS "shopId", title, description, image_url AS "imageUrl", options FROM product
        WHERE id = ${productId}::uuid AND shop_id = ${shopId}::uuid FOR NO KEY UPDATE`;
      return row === undefined ? null : toProduct(row);
    },
    changeProduct: async (tx, productId, changes) => {
      // `updateMany` reads nothing back.
      await clientOf(tx).product.updateMany({ where: { id: productId }, data: changes });
    },
    variantIds: async (tx, productId) => {
      const rows = await clientOf(tx).variant.findMany({ where: { productId }, select: { id: true } });
      return rows.map(({ id }) => id);
    },
    setSold: async (tx, variantIds, isSold) => {
      const client = clientOf(tx);
      await client.$queryRaw`
        SELECT 1 FROM variant WHERE id = ANY(${[...variantIds]}::uuid[]) ORDER BY id FOR NO KEY UPDATE`;
      await client.variant.updateMany({ where: { id: { in: [...variantIds] } }, data: { isSold } });
    },
    isOfShop: async (tx, shopId, variantId) =>
      (await clientOf(tx).variant.count({ where: { id: variantId, product: { shopId } } })) === 1,
    highestSalePrice: async (tx, variantId, at) => {
      const { _max } = await clientOf(tx).flashSale.aggregate({
        where: { variantId, endsAt: { gt: at } },
        _max: { priceMinor: true },
      });
      return _max.priceMinor;
    },
    appendPriceChange: async (tx, change) => {
      await clientOf(tx).priceChange.create({ data: priceChangeRow(change) });
    },
    appendMovement: async (tx, movement) => {
      await clientOf(tx).stockMovement.create({ data: movement });
    },
  };
}
