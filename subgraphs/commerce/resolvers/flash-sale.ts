import type { FlashSaleResolvers } from "../generated/resolver-types.ts";
import { loadExisting } from "../loaders/batch.ts";

/** Fields of `FlashSale`. */
export const flashSaleResolvers: FlashSaleResolvers = {
  variant: ({ variantId }, _args, { loaders }) => loadExisting(loaders.variantById, variantId, "variant"),
};
