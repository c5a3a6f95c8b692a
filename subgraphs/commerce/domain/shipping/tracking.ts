/** Where a parcel is, as couriers track it. */
export type TrackedStatus =
  | "BOOKED"
  | "PICKED_UP"
  | "IN_TRANSIT"
  | "OUT_FOR_DELIVERY"
  | "DELIVERY_FAILED"
  | "RETURNING"
  | "LOST"
  | "DELIVERED"
  | "RETURNED"
  | "CANCELLED";

/** Something that happened to a parcel, in the courier's words. */
export interface TrackingStep {
  /** UNKNOWN: the connector's table has no such code. */
  readonly status: TrackedStatus | "UNKNOWN";
  /** The courier's code, as it came. */
  readonly code: string;
  readonly place: string;
  readonly at: Date;
}
