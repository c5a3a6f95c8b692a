import { isUuid } from "../../../platform/values/ids.ts";
import { sum } from "../../../platform/values/money.ts";
import { lineTotal } from "../domain/cart-pricing.ts";
import type {
  AddressResolvers,
  OrderLineResolvers,
  OrderResolvers,
  ShippingAddressResolvers,
} from "../generated/resolver-types.ts";
import { loadExisting } from "../loaders/batch.ts";
import { orderDocumentResolvers } from "./document.ts";

/** Fields of `Order`. Loaders answer only the caller's own orders. */
export const orderResolvers: OrderResolvers = {
  __resolveReference: ({ id }, { loaders }) => (isUuid(id) ? loaders.orderById.load(id) : null),
  shop: ({ shopId }, _args, { loaders }) => loadExisting(loaders.shopById, shopId, "shop"),
  subtotal: async ({ id, total: { currency } }, _args, { loaders }) =>
    sum((await loaders.linesByOrder.load(id)).map(lineTotal), currency),
  discount: async ({ id, total: { currency } }, _args, { loaders }) =>
    sum(
      (await loaders.linesByOrder.load(id)).map((line) => line.discount),
      currency,
    ),
  lines: async ({ id }, _args, { loaders }) => [...(await loaders.linesByOrder.load(id))],
  refunded: async ({ id, total: { currency } }, _args, { loaders }) => {
    const owed = (await loaders.eventsByOrder.load(id)).filter(({ kind }) => kind === "REFUND_OWED");
    return sum(
      owed.flatMap(({ amount }) => amount ?? []),
      currency,
    );
  },
  shipment: ({ id }, _args, { loaders }) => loaders.shipmentByOrder.load(id),
  timeline: async ({ id }, _args, { loaders }) => [...(await loaders.eventsByOrder.load(id))],
  returns: async ({ id }, _args, { loaders }) => [...(await loaders.returnsByOrder.load(id))],
  ...orderDocumentResolvers,
};

/** Fields of `OrderLine`. */
export const orderLineResolvers: OrderLineResolvers = {
  variant: async ({ variantId }, _args, { loaders }) => {
    const variant = await loaders.variantById.load(variantId);
    return variant?.isSold === true ? variant : null;
  },
  total: (line) => lineTotal(line),
  attributedTo: ({ attribution }) => attribution,
  review: ({ id }, _args, { loaders }) => loaders.reviewByLine.load(id),
};

/** Fields of `ShippingAddress`. */
export const shippingAddressResolvers: ShippingAddressResolvers = {
  district: ({ districtCode }, _args, { loaders }) => loadExisting(loaders.districtByCode, districtCode, "district"),
};

/** Fields of `Address`. */
export const addressResolvers: AddressResolvers = {
  district: ({ districtCode }, _args, { loaders }) => loadExisting(loaders.districtByCode, districtCode, "district"),
};
