import type { BuyerReads } from "../domain/reads.ts";
import { loadByKey } from "./batch.ts";

/** The buyer's orders by id; null for somebody else's. */
export function createOrderById(reads: BuyerReads, buyerId: string) {
  return loadByKey(
    (ids) => reads.ordersByIds(buyerId, ids),
    (order) => order.id,
  );
}
