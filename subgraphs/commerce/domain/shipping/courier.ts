import type { Money } from "../../../../platform/values/money.ts";
import type { ShippingAddress } from "../order.ts";
import type { TrackingStep } from "./tracking.ts";

/** What decides what carrying costs: from where, to where (districts), how heavy. */
export interface Route {
  readonly originDistrict: string;
  readonly destinationDistrict: string;
  readonly weightGrams: number;
}

/** What a service costs, and in how many days it promises to arrive. */
export interface CourierRate {
  readonly service: string;
  readonly fee: Money;
  readonly minDays: number;
  readonly maxDays: number;
  /** Until when the courier keeps it; null when it does not say. */
  readonly validUntil: Date | null;
}

/** What a courier answers when it is asked for rates. `refused`: it does not carry such a parcel on this route. */
export type RatesAnswer =
  | { readonly kind: "rates"; readonly rates: readonly CourierRate[] }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "unknown"; readonly reason: string };

/** A parcel to be carried. */
export interface ParcelBooking extends Route {
  /** Our name for it: the order's id. A courier books one parcel under it, however often it is asked. */
  readonly reference: string;
  readonly service: string;
  readonly recipient: ShippingAddress;
}

/** What became of a booking. `unknown`: it may be booked; look under the same reference. */
export type BookingAnswer =
  | { readonly kind: "booked"; readonly waybill: string; readonly charged: Money }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "unknown"; readonly reason: string };

/** What a courier has under a reference. */
export type FoundBooking = Exclude<BookingAnswer, { kind: "refused" }> | { readonly kind: "not-found" };

/** Where a parcel has been, in no order. */
export type TrackingAnswer =
  | { readonly kind: "tracked"; readonly steps: readonly TrackingStep[] }
  | { readonly kind: "unknown"; readonly reason: string };

/** Who carries parcels. Calls are made outside transactions; faults of the network are `unknown`, never thrown. */
export interface Courier {
  /** Stable id, as `lintas-kurir`. */
  readonly id: string;
  /** As people know it. */
  readonly name: string;
  readonly rates: (route: Route) => Promise<RatesAnswer>;
  readonly book: (booking: ParcelBooking) => Promise<BookingAnswer>;
  readonly find: (reference: string) => Promise<FoundBooking>;
  readonly track: (waybill: string) => Promise<TrackingAnswer>;
}
