import type { BuyerReads } from "../domain/reads.ts";
import { loadListsByKey } from "./batch.ts";

/** The buyer's orders that a payment covers, in the order of the cart. */
export function createOrdersByPayment(reads: BuyerReads, buyerId: string) {
  return loadListsByKey(
    (paymentIds) => reads.ordersByPayments(buyerId, paymentIds),
    (order) => order.paymentId,
  );
}
