import type { BoughtOrder } from "./bought-order.ts";

/** States that are streamed: the present one first, then every one that differs, the last one always. */
export interface LiveStates {
  /** A buyer's order with its payment. Its iterator fails with NOT_FOUND for an unknown order and for somebody else's. */
  readonly order: (buyerId: string, orderId: string) => AsyncIterableIterator<BoughtOrder>;
}
