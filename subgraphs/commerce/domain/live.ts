import type { BoughtOrder } from "./bought-order.ts";
import type { FlashSale } from "./flash-sale.ts";

/** States that are streamed: the present one first, then every one that differs, the last one always. */
export interface LiveStates {
  /** A buyer's order with its payment. Its iterator fails with NOT_FOUND for an unknown order and for somebody else's. */
  readonly order: (buyerId: string, orderId: string) => AsyncIterableIterator<BoughtOrder>;
  /** A flash sale, until it is over. Its iterator fails with NOT_FOUND when there is none. */
  readonly flashSale: (saleId: string) => AsyncIterableIterator<FlashSale>;
}
