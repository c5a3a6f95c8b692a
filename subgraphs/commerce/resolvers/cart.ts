import { discountOf, lineTotal, subtotalOf, totalOf } from "../domain/cart-pricing.ts";
import type { CartLineResolvers, CartResolvers, StockShortageResolvers } from "../generated/resolver-types.ts";
import { loadExisting } from "../loaders/batch.ts";
import { cartVouchers } from "./voucher.ts";

/** Fields of `Cart`. */
export const cartResolvers: CartResolvers = {
  lines: ({ lines }) => [...lines],
  subtotal: (cart) => subtotalOf(cart),
  vouchers: cartVouchers,
  discount: (cart) => discountOf(cart),
  total: (cart) => totalOf(cart),
};

/** Fields of `CartLine`. */
export const cartLineResolvers: CartLineResolvers = {
  variant: ({ variantId }, _args, { loaders }) => loadExisting(loaders.variantById, variantId, "variant"),
  currentPrice: async ({ variantId }, _args, { loaders }) => {
    const variant = await loaders.variantById.load(variantId);
    return variant?.isSold === true ? variant.price : null;
  },
  isPriceChanged: async ({ variantId, unitPrice }, _args, { loaders }) => {
    const variant = await loaders.variantById.load(variantId);
    return variant?.isSold === true && variant.price.amountMinor !== unitPrice.amountMinor;
  },
  total: (line) => lineTotal(line),
  attributedTo: ({ attribution }) => attribution,
};

/** Fields of `StockShortage`. */
export const stockShortageResolvers: StockShortageResolvers = {
  variant: ({ variantId }, _args, { loaders }) => loadExisting(loaders.variantById, variantId, "variant"),
};
