import type { LockedOrder } from "../fulfilment.ts";
import type { DurableWork, Transaction } from "../ports.ts";
import type { Courier } from "../shipping/courier.ts";
import type { Shipment } from "../shipping/shipment.ts";

/** Answers the courier that carries a shipment. @throws when none is configured under its id. */
export type CourierOf = (shipment: Shipment) => Courier;

/** Finds the courier of a shipment among those that are plugged in. */
export function courierAmong(couriers: readonly Courier[]): CourierOf {
  return ({ orderId, courier: id }) => {
    const courier = couriers.find((candidate) => candidate.id === id);
    if (courier === undefined)
      throw new Error(`order ${orderId} is carried by ${id}, which COMMERCE_COURIERS_FILE lacks`);
    return courier;
  };
}

/** Books the parcel of an order that its shop has just sent. */
export interface Bookings {
  /** Resolves when the courier's answer is recorded or the deadline passed; never rejects for the courier's sake. */
  readonly book: (orderId: string) => Promise<void>;
  /** The waybill of an order; null until it is booked, and without a courier. */
  readonly waybillOf: (orderId: string) => Promise<string | null>;
}

// The API process asks the courier at once; this is for when it died in between.
const safetyNetDelayMs = 10_000;

/** Writes down that the shop has sent the order, so that its parcel is to be booked; nothing when it sends by itself. */
export async function intendBooking(work: DurableWork, tx: Transaction, order: LockedOrder): Promise<void> {
  if (order.shipment?.status !== "QUOTED") return;
  await tx.shipping.move(order.shipment, "BOOKING");
  const input = { orderId: order.id };
  await work.startInTx(tx, "book-shipment", `book-shipment:${order.id}`, input, { delayMs: safetyNetDelayMs });
}
