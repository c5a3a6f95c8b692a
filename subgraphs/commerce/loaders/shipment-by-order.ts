import type { BuyerReads } from "../domain/reads.ts";
import { loadByKey } from "./batch.ts";

/** How couriers carry the buyer's orders. */
export function createShipmentByOrder(reads: BuyerReads, buyerId: string) {
  return loadByKey(
    (orderIds) => reads.shipmentsByOrders(buyerId, orderIds),
    (shipment) => shipment.orderId,
  );
}
