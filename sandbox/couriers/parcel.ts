/** Where a parcel is, in the sandbox's own words; each courier has codes of its own for them. */
export const parcelStates = [
  "booked",
  "picked-up",
  "in-transit",
  "out-for-delivery",
  "delivery-failed",
  "delivered",
  "returning",
  "returned",
  "lost",
  "cancelled",
] as const;

/** One of them. */
export type ParcelState = (typeof parcelStates)[number];

/** Something that happened to a parcel, as the courier's tracking tells it. */
export interface ParcelStep {
  readonly state: ParcelState;
  readonly place: string;
  readonly at: Date;
}

/** What is fixed when a parcel is booked. Weights in grams, the fee in whole rupiah. */
export interface Booking {
  /** The merchant's name for it. */
  readonly reference: string;
  readonly service: string;
  readonly weightGrams: number;
  readonly feeRupiah: number;
  readonly origin: string;
  readonly destination: string;
  /** Tells a repeated request from a changed one. */
  readonly fingerprint: string;
}

/** A parcel in a courier's book. Only the book changes one. */
export interface Parcel extends Booking {
  readonly waybill: string;
  /** In the order in which they were written down. */
  readonly steps: ParcelStep[];
}

/** A message the courier owes the merchant. The body is complete: an attempt only adds date and signature. */
export interface OwedCallback {
  readonly callbackId: string;
  readonly waybill: string;
  readonly body: string;
  /** `wrong`: signed by somebody else, and never repeated. */
  readonly signature: "valid" | "wrong";
  /** When the first attempt is due, ISO 8601. */
  readonly dueAt: string;
}

/** A message and what became of it. */
export interface Callback extends OwedCallback {
  state: "owed" | "delivered" | "gave-up";
  nextAttemptAt: Date;
  /** HTTP statuses; null where no answer came. */
  readonly answers: (number | null)[];
}

/** One line of a courier's book. Instants are ISO 8601 in UTC. */
export type ParcelEntry =
  | ({ readonly entry: "parcel-booked"; readonly at: string; readonly waybill: string } & Booking)
  | {
      readonly entry: "parcel-moved";
      readonly at: string;
      readonly waybill: string;
      readonly to: ParcelState;
      readonly place: string;
      /** In the same line as the step: a crash cannot separate them. Null: the courier stays silent. */
      readonly callback: OwedCallback | null;
    }
  | {
      readonly entry: "callback-sent";
      readonly at: string;
      readonly callbackId: string;
      readonly httpStatus: number | null;
      readonly outcome: "delivered" | "unsettled" | "gave-up" | "repeated";
      readonly nextAttemptAt: string | null;
    };

/** Where a parcel is now. */
export function stateOf(parcel: Parcel): ParcelState {
  return parcel.steps.at(-1)?.state ?? "booked";
}

const onward: Partial<Record<ParcelState, ParcelState>> = {
  booked: "picked-up",
  "picked-up": "in-transit",
  "in-transit": "out-for-delivery",
  "out-for-delivery": "delivered",
  "delivery-failed": "out-for-delivery",
  returning: "returned",
};

/** Where a parcel goes next when all goes well; undefined at the end of its way. */
export function nextState(parcel: Parcel): ParcelState | undefined {
  return onward[stateOf(parcel)];
}
