import { attributionOf } from "../domain/attribution.ts";
import type { ShowcaseItemResolvers } from "../generated/resolver-types.ts";

/** A shown product: its owner resolves it; the token is signed when it is asked for. */
export const showcaseItem: ShowcaseItemResolvers = {
  product: ({ productId }) => ({ __typename: "Product", id: productId }),
  attributionToken: (item, _, { ports }) => ports.attribution.sign(attributionOf(item, ports.clock())),
};
