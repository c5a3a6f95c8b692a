import { operationalError } from "../../../platform/runtime/operational-error.ts";
import { requireScope } from "../../../platform/runtime/organisation-token.ts";
import { isUuid } from "../../../platform/values/ids.ts";
import type { RequestContext } from "../context.ts";
import type { BoughtOrder } from "../domain/bought-order.ts";
import type { FlashSale } from "../domain/flash-sale.ts";
import type { SubscriptionResolvers } from "../generated/resolver-types.ts";
import { buyScope } from "./callers.ts";

/** Refuses what can be no id, in the words for an id of nothing. @throws NOT_FOUND */
function requireId(id: string): void {
  if (!isUuid(id)) throw operationalError("NOT_FOUND", "there is nothing with this id");
}

/** Entry points for watching. */
export const subscriptionResolvers: SubscriptionResolvers = {
  orderUpdated: {
    subscribe: (_parent, { orderId }, { caller, commerce }: RequestContext) => {
      const buyerId = requireScope(caller, buyScope);
      requireId(orderId);
      return commerce.live.order(buyerId, orderId) as AsyncIterable<never>;
    },
    resolve: (order: BoughtOrder) => order,
  },
  flashSaleUpdated: {
    subscribe: (_parent, { saleId }, { commerce }: RequestContext) => {
      requireId(saleId);
      return commerce.live.flashSale(saleId) as AsyncIterable<never>;
    },
    resolve: (sale: FlashSale) => sale,
  },
};
