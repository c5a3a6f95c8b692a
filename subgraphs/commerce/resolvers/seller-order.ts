import { operationalError } from "../../../platform/runtime/operational-error.ts";
import { isUuid } from "../../../platform/values/ids.ts";
import { sum } from "../../../platform/values/money.ts";
import { PageRequestError, readPageRequest, toConnection } from "../../../platform/values/page.ts";
import { readText } from "../../../platform/values/texts.ts";
import { lineTotal } from "../domain/cart-pricing.ts";
import type {
  LabelAddressResolvers,
  QueryResolvers,
  SellerOrderLineResolvers,
  SellerOrderResolvers,
} from "../generated/resolver-types.ts";
import { loadExisting } from "../loaders/batch.ts";
import { operatorActor, sellerActor } from "./callers.ts";

/** Entry points for what sellers and operators read of orders. */
export const sellerOrderQueries: QueryResolvers = {
  sellerOrders: async (_parent, { shopId, status, ...args }, context) => {
    if (sellerActor(context).shopId !== shopId) throw operationalError("FORBIDDEN", "this is not the seller's shop");
    const page = readPageRequest(args, isUuid);
    return toConnection(await context.commerce.sellerOrders.page(shopId, status ?? null, page));
  },
  sellerOrder: (_parent, { id }, context) => {
    const { shopId } = sellerActor(context);
    return isUuid(id) ? context.commerce.sellerOrders.find(shopId, id) : null;
  },
  operatorOrder: (_parent, { id, reason }, context) => {
    const { subject } = operatorActor(context);
    const why = readText(reason, { least: 3, most: 200 });
    if (!why.ok) throw new PageRequestError("reason must have 3 to 200 characters: say why the order is read");
    if (!isUuid(id)) return null;
    const at = context.commerce.fulfilling.clock();
    return context.commerce.sellerOrders.readAsOperator({ orderId: id, by: subject, reason: why.value, at });
  },
};

/** Fields of `SellerOrder`, which is read for its shop or for an operator alone. */
export const sellerOrderResolvers: SellerOrderResolvers = {
  shop: ({ shopId }, _args, { loaders }) => loadExisting(loaders.shopById, shopId, "shop"),
  lines: ({ lines }) => [...lines],
  subtotal: ({ lines, total: { currency } }) => sum(lines.map(lineTotal), currency),
  discount: ({ lines, total: { currency } }) =>
    sum(
      lines.map(({ discount }) => discount),
      currency,
    ),
  shippingFee: ({ shipment, total: { currency } }) => shipment?.fee ?? { amountMinor: 0n, currency },
  timeline: ({ events }) => [...events],
  returns: async ({ id }, _args, { loaders }) => [...(await loaders.returnsByOrder.load(id))],
};

/** Fields of `SellerOrderLine`. */
export const sellerOrderLineResolvers: SellerOrderLineResolvers = {
  variant: ({ variantId }, _args, { loaders }) => loaders.variantById.load(variantId),
  total: (line) => lineTotal(line),
};

/** Fields of `LabelAddress`. */
export const labelAddressResolvers: LabelAddressResolvers = {
  district: ({ districtCode }, _args, { loaders }) => loadExisting(loaders.districtByCode, districtCode, "district"),
};
