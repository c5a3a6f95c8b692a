import type { RequestContext } from "../context.ts";
import { quoteShipping } from "../domain/actions/quote-shipping.ts";
import type {
  MutationResolvers,
  ShipmentResolvers,
  ShipmentStepResolvers,
  ShippingQuoteResolvers,
  ShopShippingQuotesResolvers,
} from "../generated/resolver-types.ts";
import { loadExisting } from "../loaders/batch.ts";
import { buyerOf } from "./callers.ts";
import { toAddressNotFound, toCartEmpty, toShippingUnavailable } from "./refusals.ts";

/** A courier's name; its id for one that is not plugged in any more. */
function nameOf({ commerce }: RequestContext, courierId: string): string {
  return commerce.buying.shipping.desk.couriers.find(({ id }) => id === courierId)?.name ?? courierId;
}

const quoteShippingField: MutationResolvers["quoteShipping"] = async (_parent, { input }, context) => {
  const result = await quoteShipping(context.commerce.buying, buyerOf(context), input.addressId);
  if (result.ok) {
    const silentCouriers = result.value.silent.map(({ name }) => name);
    return { __typename: "QuoteShippingSuccess", shops: [...result.value.shops], silentCouriers };
  }
  const { refusal } = result;
  switch (refusal.kind) {
    case "AddressNotFound":
      return toAddressNotFound();
    case "CartEmpty":
      return toCartEmpty();
    case "ShippingUnavailable":
      return toShippingUnavailable(refusal, await loadExisting(context.loaders.shopById, refusal.shopId, "shop"));
  }
};

/** Entry points for shipping. */
export const shippingMutations: MutationResolvers = { quoteShipping: quoteShippingField };

/** Fields of `ShopShippingQuotes`. */
export const shopShippingQuotesResolvers: ShopShippingQuotesResolvers = {
  shop: ({ shopId }, _args, { loaders }) => loadExisting(loaders.shopById, shopId, "shop"),
  quotes: ({ quotes }) => [...quotes],
};

/** Fields of `ShippingQuote`. */
export const shippingQuoteResolvers: ShippingQuoteResolvers = {
  courier: ({ courier }, _args, context) => nameOf(context, courier),
};

/** Fields of `Shipment`. */
export const shipmentResolvers: ShipmentResolvers = {
  courier: ({ courier }, _args, context) => nameOf(context, courier),
  waybillNo: ({ waybill }) => waybill,
  history: ({ history }) => [...history],
};

/** Fields of `ShipmentStep`. */
export const shipmentStepResolvers: ShipmentStepResolvers = {
  status: ({ status }) => (status === "UNKNOWN" ? null : status),
};
