import { isUuid } from "../../../platform/values/ids.ts";
import type { ProductVariantResolvers } from "../generated/resolver-types.ts";
import { loadExisting } from "../loaders/batch.ts";
import { availableQuantityOf } from "./product.ts";

/** Fields of `ProductVariant`. */
export const productVariantResolvers: ProductVariantResolvers = {
  __resolveReference: ({ id }, { loaders }) => (isUuid(id) ? loaders.variantById.load(id) : null),
  product: ({ productId }, _args, { loaders }) => loadExisting(loaders.productById, productId, "product"),
  selectedOptions: ({ selectedOptions }) => [...selectedOptions],
  flashSale: ({ flashSaleId }, _args, { loaders }) =>
    flashSaleId === null ? null : loaders.flashSaleById.load(flashSaleId),
  availableStock: (variant, _args, context) => availableQuantityOf(context, variant),
};
