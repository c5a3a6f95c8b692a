import type { Clock } from "../../../../platform/values/instants.ts";
import { backOffMs } from "../back-off.ts";
import { NeedsAttentionError, type Workflow } from "../durable-run.ts";
import type { OrderEvent } from "../fulfilment.ts";
import { shippingBorne } from "../ledger/movements.ts";
import type { DurableWork, Transaction, Transactions } from "../ports.ts";
import type { BookingAnswer, FoundBooking, ParcelBooking } from "../shipping/courier.ts";
import type { Shipment } from "../shipping/shipment.ts";
import type { Bookings, CourierOf } from "./intend-booking.ts";
import { startTracking } from "./track-shipment.ts";

/** What booking parcels needs. */
export interface BookingDependencies {
  readonly courierOf: CourierOf;
  readonly work: DurableWork;
  readonly clock: Clock;
}

// About two hours of asking; then a person is told.
const mostAttempts = 120;

async function bookingOf(
  tx: Transaction,
  orderId: string,
): Promise<{ shipment: Shipment; parcel: ParcelBooking } | null> {
  const order = await tx.fulfilment.lock(orderId);
  const shipment = order?.shipment ?? null;
  if (order === null || shipment?.status !== "BOOKING") return null;
  const { service, originDistrict, destinationDistrict, weightGrams } = shipment;
  const route = { originDistrict, destinationDistrict, weightGrams };
  return { shipment, parcel: { reference: orderId, service, ...route, recipient: order.shippingAddress } };
}

/** Records what became of a booking. One that is recorded already stays as it is. */
async function recordBooking(
  { work, clock }: BookingDependencies,
  tx: Transaction,
  orderId: string,
  answer: Exclude<BookingAnswer, { kind: "unknown" }>,
): Promise<void> {
  const order = await tx.fulfilment.lock(orderId);
  const shipment = order?.shipment ?? null;
  if (order === null || shipment?.status !== "BOOKING") return;
  const at = clock();
  const tell = (kind: OrderEvent["kind"], reason: string): Promise<void> =>
    tx.fulfilment.appendEvents([{ orderId, kind, by: "COURIER", reason, amount: null, at }]);
  if (answer.kind === "refused") {
    await tx.shipping.move(shipment, "REFUSED");
    await tell("BOOKING_REFUSED", answer.reason.slice(0, 200));
    return;
  }
  await tx.shipping.move(shipment, "BOOKED", answer);
  await tell("WAYBILL_ISSUED", answer.waybill);
  // When the order completed nobody knew that it was carried, and the fee went to the shop, which sends by itself otherwise.
  if (order.status === "COMPLETED") await tx.ledger.post(shippingBorne(orderId, shipment.courier, shipment.fee), at);
  await startTracking(work, tx, orderId, 1);
}

function tryLater({ work }: BookingDependencies, tx: Transaction, orderId: string, attempt: number): Promise<void> {
  const id = `book-shipment:${orderId}:${attempt + 1}`;
  const input = { orderId, attempt: String(attempt + 1) };
  return work.startInTx(tx, "book-shipment", id, input, { delayMs: backOffMs(attempt) });
}

/** Makes what books a parcel as soon as its order is sent. */
export function createBookings(dependencies: BookingDependencies, transactions: Transactions): Bookings {
  return {
    waybillOf: (orderId) =>
      transactions.runInTransaction(async (tx) => (await tx.shipping.find(orderId))?.waybill ?? null),
    book: async (orderId) => {
      const intent = await transactions.runInTransaction((tx) => bookingOf(tx, orderId));
      if (intent === null) return;
      const answer = await dependencies.courierOf(intent.shipment).book(intent.parcel);
      await transactions.runInTransaction((tx) =>
        answer.kind === "unknown"
          ? tryLater(dependencies, tx, orderId, 1)
          : recordBooking(dependencies, tx, orderId, answer),
      );
    },
  };
}

/**
 * The workflow `book-shipment` { orderId, attempt? }: finds out what became of a booking that nobody recorded. It looks for it
 * under the same reference first; only one that the courier does not have is booked, under the same reference.
 */
export function createBookShipment(dependencies: BookingDependencies): Workflow {
  return async (run, input) => {
    const { orderId = "" } = input;
    const attempt = Number(input.attempt ?? 1);
    const intent = await run.tx("load", (tx) => bookingOf(tx, orderId));
    if (intent === null) return;
    if (attempt > mostAttempts)
      throw new NeedsAttentionError(`order ${orderId}: its courier does not say whether the parcel is booked`);
    const courier = dependencies.courierOf(intent.shipment);
    const found: FoundBooking = await run.step("look for it", () => courier.find(orderId));
    const answer: BookingAnswer =
      found.kind === "not-found" ? await run.step("book", () => courier.book(intent.parcel)) : found;
    await run.tx("record", (tx) =>
      answer.kind === "unknown"
        ? tryLater(dependencies, tx, orderId, attempt)
        : recordBooking(dependencies, tx, orderId, answer),
    );
  };
}
