import { isUuid } from "../../../platform/values/ids.ts";
import { readPageRequest, toConnection } from "../../../platform/values/page.ts";
import type { RequestContext } from "../context.ts";
import type { Product, Variant } from "../domain/catalogue.ts";
import { availableOf } from "../domain/stock.ts";
import type { ProductResolvers } from "../generated/resolver-types.ts";
import { loadExisting } from "../loaders/batch.ts";

/** The product with that id; null when there is none. An id that is no UUID names nothing. */
export async function shownProduct({ loaders }: RequestContext, id: string): Promise<Product | null> {
  return isUuid(id) ? loaders.productById.load(id) : null;
}

/** Pieces of a variant that can be bought now: none of one that is no longer sold. */
export async function availableQuantityOf({ loaders }: RequestContext, variant: Variant): Promise<number> {
  const level = await loaders.stockByVariant.load(variant.id);
  return level === null || !variant.isSold ? 0 : availableOf(level);
}

/** The variants that are sold; all of them when the product is no longer sold, so that an old cart can still show it. */
async function shownVariants({ loaders }: RequestContext, product: Product): Promise<readonly Variant[]> {
  const variants = await loaders.variantsByProduct.load(product.id);
  const sold = variants.filter((variant) => variant.isSold);
  return sold.length > 0 ? sold : variants;
}

/** Fields of `Product`. */
export const productResolvers: ProductResolvers = {
  __resolveReference: ({ id }, context) => shownProduct(context, id),
  options: ({ options }) => options.map(({ name, values }) => ({ name, values: [...values] })),
  shop: ({ shopId }, _args, { loaders }) => loadExisting(loaders.shopById, shopId, "shop"),
  variants: async (product, _args, context) => [...(await shownVariants(context, product))],
  price: async (product, _args, context) => {
    const variants = await shownVariants(context, product);
    const lowest = variants.reduce<Variant | null>(
      (least, variant) => (least === null || variant.price.amountMinor < least.price.amountMinor ? variant : least),
      null,
    );
    if (lowest === null) throw new Error(`the product ${product.id} has no variant`);
    return lowest.price;
  },
  rating: async ({ id }, _args, { loaders }) =>
    (await loaders.ratingByProduct.load(id)) ?? { productId: id, reviewCount: 0, starSum: 0 },
  reviews: async ({ id }, args, { loaders }) =>
    toConnection(await loaders.reviewPageByProduct.load({ parentId: id, page: readPageRequest(args, isUuid) })),
  availableStock: async (product, _args, context) => {
    const variants = await shownVariants(context, product);
    const quantities = await Promise.all(variants.map((variant) => availableQuantityOf(context, variant)));
    return quantities.reduce((total, quantity) => total + quantity, 0);
  },
};
