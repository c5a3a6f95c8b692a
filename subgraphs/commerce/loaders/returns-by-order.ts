import type { ReturnReads } from "../domain/order-return.ts";
import { loadListsByKey } from "./batch.ts";

/** Returns of orders that the caller was shown already, oldest first. */
export function createReturnsByOrder(reads: ReturnReads) {
  return loadListsByKey(reads.byOrders, ({ orderId }) => orderId);
}
