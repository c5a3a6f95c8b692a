import type { BuyerReads } from "../domain/reads.ts";
import { loadListsByKey } from "./batch.ts";

/** Timelines of the buyer's orders, oldest first. */
export function createEventsByOrder(reads: BuyerReads, buyerId: string) {
  return loadListsByKey(
    (orderIds) => reads.eventsByOrders(buyerId, orderIds),
    (event) => event.orderId,
  );
}
