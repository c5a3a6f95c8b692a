import type { DocumentReads } from "../domain/document.ts";
import { loadListsByKey } from "./batch.ts";

/** Documents of the buyer's orders, oldest first. */
export function createDocumentsByOrder(reads: DocumentReads, buyerId: string) {
  return loadListsByKey(
    (orderIds) => reads.documentsByOrders(buyerId, orderIds),
    (document) => document.orderId,
  );
}
