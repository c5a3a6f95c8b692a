import type { StateSource } from "../../../../platform/runtime/streams/state-streams.ts";
import type { BoughtOrder } from "../../domain/bought-order.ts";
import type { BuyerReads } from "../../domain/reads.ts";

/** Orders as they are streamed, each under the key of its buyer and itself. */
export interface OrderSource extends StateSource<BoughtOrder> {
  readonly keyOf: (buyerId: string, orderId: string) => string;
}

const uuidLength = 36;
const intervalMs = 100;

/** Reads a buyer's order with its payment in one statement, at most every 100 ms. */
export function orderSource(buyer: BuyerReads): OrderSource {
  return {
    keyOf: (buyerId, orderId) => `${orderId}${buyerId}`,
    wakeUpKey: (key) => `order:${key.slice(0, uuidLength)}`,
    read: async (key) => (await buyer.ordersByIds(key.slice(uuidLength), [key.slice(0, uuidLength)]))[0] ?? null,
    intervalMs,
  };
}
