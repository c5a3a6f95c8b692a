import type { BuyerReads } from "../domain/reads.ts";
import { loadListsByKey } from "./batch.ts";

/** Lines of the buyer's orders, in the order of the cart. */
export function createLinesByOrder(reads: BuyerReads, buyerId: string) {
  return loadListsByKey(
    (orderIds) => reads.linesByOrders(buyerId, orderIds),
    (line) => line.orderId,
  );
}
