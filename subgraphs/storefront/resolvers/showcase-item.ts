import { attributionOf } from "../domain/attribution.ts";
import { averageTenths } from "../domain/product-standing.ts";
import type { ShowcaseItemResolvers } from "../generated/resolver-types.ts";

/** A shown product: its owner resolves it; the token is signed when it is asked for. */
export const showcaseItem: ShowcaseItemResolvers = {
  product: ({ productId }) => ({ __typename: "Product", id: productId }),
  attributionToken: (item, _, { ports }) => ports.attribution.sign(attributionOf(item, ports.clock())),
  soldCount: async ({ productId }, _, { loaders }) =>
    (await loaders.standingByProduct.load(productId))?.soldCount ?? null,
  availability: async ({ productId }, _, { loaders }) => {
    const isAvailable = (await loaders.standingByProduct.load(productId))?.isAvailable ?? null;
    if (isAvailable === null) return null;
    return isAvailable ? "AVAILABLE" : "SOLD_OUT";
  },
  reducedAt: async ({ productId }, _, { loaders }) =>
    (await loaders.standingByProduct.load(productId))?.reducedAt ?? null,
  reviewCount: async ({ productId }, _, { loaders }) =>
    (await loaders.standingByProduct.load(productId))?.reviewCount ?? null,
  averageRatingTenths: async ({ productId }, _, { loaders }) => {
    const standing = await loaders.standingByProduct.load(productId);
    return standing === null ? null : averageTenths(standing);
  },
};
