import type { Shipping } from "../../../../subgraphs/commerce/domain/actions/choose-carriage.ts";
import type { Bookings } from "../../../../subgraphs/commerce/domain/actions/intend-booking.ts";

/** For tests that are not about shipping: there are no couriers, so nobody is asked and nothing is charged. */
export const noShipping: Shipping = {
  reads: { outlook: async () => ({ cartVersion: 0, destinationDistrict: null, isReplay: false, baskets: [] }) },
  desk: { couriers: [], ratesFor: async () => [] },
};

/** Without couriers nothing is booked. */
export const noBookings: Bookings = { book: async () => undefined, waybillOf: async () => null };
