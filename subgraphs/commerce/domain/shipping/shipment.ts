import type { Money } from "../../../../platform/values/money.ts";
import type { Route } from "./courier.ts";
import type { TrackedStatus, TrackingStep } from "./tracking.ts";

/** QUOTED: bought, not sent yet. BOOKING: the courier was asked, or will be. REFUSED: it said no; the shop sends by itself. */
export type ShipmentStatus = "QUOTED" | "BOOKING" | "REFUSED" | TrackedStatus;

/** A way to have a parcel carried, at a price. */
export interface Carriage extends Route {
  readonly courier: string;
  readonly service: string;
  readonly fee: Money;
  readonly minDays: number;
  readonly maxDays: number;
}

/** How an order is carried. */
export interface Shipment extends Carriage {
  readonly orderId: string;
  readonly status: ShipmentStatus;
  /** The courier's number of the parcel; null until it is booked. */
  readonly waybill: string | null;
}

/** A shipment with the waybill's history, oldest first. */
export interface TrackedShipment extends Shipment {
  readonly history: readonly TrackingStep[];
}

// A parcel moves up only: what is told late, twice or in another order changes nothing. After a failed attempt the next one
// is seen in the history alone. A lost parcel may be found; what has arrived, come back or been called off stays so.
const ranks: Readonly<Record<ShipmentStatus, number>> = {
  QUOTED: 0,
  BOOKING: 1,
  BOOKED: 2,
  PICKED_UP: 3,
  IN_TRANSIT: 4,
  OUT_FOR_DELIVERY: 5,
  DELIVERY_FAILED: 6,
  RETURNING: 7,
  LOST: 8,
  DELIVERED: 9,
  RETURNED: 9,
  CANCELLED: 9,
  REFUSED: 9,
};

/** Every status, in the order of the schema. */
export const shipmentStatuses = Object.keys(ranks) as readonly ShipmentStatus[];

/** Whether nothing more can happen to the parcel. */
export function isOver(status: ShipmentStatus): boolean {
  return ranks[status] === ranks.DELIVERED;
}

/** Whether a parcel moves from one status to another: upwards alone; REFUSED only from BOOKING. */
export function canShipmentMove(from: ShipmentStatus, to: ShipmentStatus): boolean {
  if (to === "REFUSED") return from === "BOOKING";
  return ranks[from] < ranks[to];
}

/**
 * Where a parcel is after all that its courier tells, in whatever order: the status that ranks highest. Of several that end
 * its way, the one that happened first, for the rest would be a mistake of the courier's.
 */
export function statusAfter(status: ShipmentStatus, steps: readonly TrackingStep[]): ShipmentStatus {
  const byTime = [...steps].sort((one, other) => one.at.getTime() - other.at.getTime());
  return byTime.reduce<ShipmentStatus>(
    (reached, step) => (step.status !== "UNKNOWN" && canShipmentMove(reached, step.status) ? step.status : reached),
    status,
  );
}

/** Whether the courier is owed its fee: it said that it carries the parcel, and did not call it off or lose it. */
export function isCourierOwed(status: ShipmentStatus): boolean {
  return !["QUOTED", "BOOKING", "REFUSED", "CANCELLED", "LOST"].includes(status);
}

/** What was quoted to a buyer for a shop's part of a cart. */
export interface ShippingQuote extends Carriage {
  readonly id: string;
  readonly buyerId: string;
  readonly shopId: string;
  readonly expiresAt: Date;
}

/** A parcel as its courier booked it. */
export interface BookedParcel {
  readonly orderId: string;
  /** What the courier said then that it charges. */
  readonly charged: Money;
  /** Whether a bill with that sum came. */
  readonly isBilled: boolean;
}

/** Shipments and quotes of one transaction. A shipment is protected by its order's lock. */
export interface ShippingStore {
  readonly insertQuotes: (quotes: readonly ShippingQuote[]) => Promise<void>;
  /** Those of the ids that were quoted to the buyer, expired or not. */
  readonly quotes: (buyerId: string, ids: readonly string[]) => Promise<ShippingQuote[]>;
  readonly insert: (shipments: readonly Shipment[]) => Promise<void>;
  readonly find: (orderId: string) => Promise<Shipment | null>;
  /** The order whose parcel a courier names by our reference and its waybill; null: it is none of ours. */
  readonly orderOf: (courier: string, reference: string, waybill: string) => Promise<string | null>;
  /** The parcel that has the courier's waybill; null: it is none of ours. */
  readonly bookedAs: (courier: string, waybill: string) => Promise<BookedParcel | null>;
  /** Writes down that a bill with the agreed sum came for a parcel; needs the lock of its order. */
  readonly markBilled: (courier: string, waybill: string, at: Date) => Promise<void>;
  /** Moves a shipment. @throws Error when the lattice has no such move or the row was not as it was read. */
  readonly move: (
    shipment: Shipment,
    status: ShipmentStatus,
    booked?: { readonly waybill: string; readonly charged: Money },
  ) => Promise<void>;
  /** Adds what is new to the waybill's history; answers that, oldest first. */
  readonly appendSteps: (orderId: string, steps: readonly TrackingStep[], at: Date) => Promise<TrackingStep[]>;
  /** Keeps a call-back; answers whether it was never taken before. */
  readonly keepCallback: (callback: CourierCallback, at: Date) => Promise<boolean>;
}

/** A verified call-back. */
export interface CourierCallback {
  readonly courier: string;
  readonly eventId: string;
  readonly orderId: string;
  readonly rawBody: Buffer;
}
