import type { NewId } from "../../../platform/values/ids.ts";
import type { Clock } from "../../../platform/values/instants.ts";
import type { Fulfilling } from "../domain/actions/act-on-order.ts";
import { createBookings, createBookShipment } from "../domain/actions/book-shipment.ts";
import { createCompleteOrder } from "../domain/actions/complete-order.ts";
import { courierAmong } from "../domain/actions/intend-booking.ts";
import { createOrderDeadline } from "../domain/actions/order-deadline.ts";
import type { RefundRequests } from "../domain/actions/request-refund.ts";
import { createTrackShipment } from "../domain/actions/track-shipment.ts";
import type { Workflow } from "../domain/durable-run.ts";
import type { FulfilmentWorkflowName, Transactions } from "../domain/ports.ts";
import type { Courier } from "../domain/shipping/courier.ts";
import { createDurableWork } from "../store/durable/start-in-tx.ts";
import { createListingBook } from "../store/listing-book.ts";
import { createNotificationInbox } from "../store/notification-inbox.ts";
import { hashRequest } from "../store/request-hash.ts";

/** What moves orders on after they are paid. */
export interface Fulfilment {
  readonly fulfilling: Fulfilling;
  /** What the worker runs. */
  readonly workflows: Readonly<Record<FulfilmentWorkflowName, Workflow>>;
}

/** What it is put together from. */
export interface FulfilmentSettings {
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly refundRequests: RefundRequests;
  readonly autoCompleteSeconds: number;
  /** Who carries; without any, shops send by themselves. */
  readonly couriers?: readonly Courier[];
}

/** Puts together what moves orders on after they are paid. */
export function composeFulfilment(settings: FulfilmentSettings): Fulfilment {
  const { transactions, clock, newId, refundRequests, autoCompleteSeconds } = settings;
  const work = createDurableWork(clock);
  const booking = { courierOf: courierAmong(settings.couriers ?? []), work, clock };
  const fulfilling: Fulfilling = {
    transactions,
    work,
    inbox: createNotificationInbox(),
    refundRequests,
    listings: createListingBook(newId),
    bookings: createBookings(booking, transactions),
    newId,
    clock,
    hashRequest,
    autoCompleteSeconds,
  };
  return {
    fulfilling,
    workflows: {
      "complete-order": createCompleteOrder(fulfilling),
      "order-deadline": createOrderDeadline(fulfilling),
      "book-shipment": createBookShipment(booking),
      "track-shipment": createTrackShipment({ fulfilling, courierOf: booking.courierOf }),
    },
  };
}
