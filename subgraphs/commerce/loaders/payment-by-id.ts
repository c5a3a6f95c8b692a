import type { BuyerReads } from "../domain/reads.ts";
import { loadByKey } from "./batch.ts";

/** The buyer's payments by id; null for somebody else's. */
export function createPaymentById(reads: BuyerReads, buyerId: string) {
  return loadByKey(
    (ids) => reads.paymentsByIds(buyerId, ids),
    (payment) => payment.id,
  );
}
