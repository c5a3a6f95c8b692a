import { lineTotal, subtotalOf } from "../domain/cart-pricing.ts";
import type { CartLineResolvers, CartResolvers, StockShortageResolvers } from "../generated/resolver-types.ts";
import { loadExisting } from "../loaders/batch.ts";

/** Fields of `Cart`. */
export const cartResolvers: CartResolvers = {
  lines: ({ lines }) => [...lines],
  subtotal: (cart) => subtotalOf(cart),
};

/** Fields of `CartLine`. */
export const cartLineResolvers: CartLineResolvers = {
  variant: ({ variantId }, _args, { loaders }) => loadExisting(loaders.variantById, variantId, "variant"),
  total: (line) => lineTotal(line),
  attributedTo: ({ attribution }) => attribution,
};

/** Fields of `StockShortage`. */
export const stockShortageResolvers: StockShortageResolvers = {
  variant: ({ variantId }, _args, { loaders }) => loadExisting(loaders.variantById, variantId, "variant"),
};
