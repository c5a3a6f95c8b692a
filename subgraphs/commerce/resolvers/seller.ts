import { isUuid } from "../../../platform/values/ids.ts";
import { readPageRequest, toConnection } from "../../../platform/values/page.ts";
import type { QueryResolvers, SellerVariantResolvers } from "../generated/resolver-types.ts";
import { loadExisting } from "../loaders/batch.ts";
import { sellerActor } from "./callers.ts";

/** Entry points for what sellers read of their offers. */
export const sellerQueries: QueryResolvers = {
  sellerVariant: (_parent, { id }, context) => {
    const { shopId } = sellerActor(context);
    return isUuid(id) ? context.commerce.seller.variant(shopId, id) : null;
  },
};

/** Fields of `SellerVariant`, which is read for the seller's shop alone. */
export const sellerVariantResolvers: SellerVariantResolvers = {
  variant: ({ variantId }, _args, { loaders }) => loadExisting(loaders.variantById, variantId, "variant"),
  priceChanges: async ({ variantId }, args, { commerce }) =>
    toConnection(await commerce.seller.priceChanges(variantId, readPageRequest(args, isUuid))),
  stockMovements: async ({ variantId }, args, { commerce }) =>
    toConnection(await commerce.seller.stockMovements(variantId, readPageRequest(args, isUuid))),
};
