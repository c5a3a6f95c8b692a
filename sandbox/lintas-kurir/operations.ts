import { createHash } from "node:crypto";
import { z } from "zod";
import { type Courier, digits } from "../couriers/courier.ts";
import type { Parcel, ParcelState } from "../couriers/parcel.ts";
import { stateOf } from "../couriers/parcel.ts";
import { distanceOf, type Rate, ratesOf, type Service } from "../couriers/tariff.ts";

/** An answer: HTTP status and JSON. */
export interface LintasAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A refusal in the courier's words. */
export function refusal(status: number, error: string, detail = ""): LintasAnswer {
  return { status, body: { error, detail } };
}

const services: readonly Service[] = [
  {
    code: "OKE",
    perUnit: { city: 8_000, province: 11_000, country: 26_000 },
    days: { city: [2, 3], province: [3, 5], country: [5, 9] },
  },
  {
    code: "REG",
    perUnit: { city: 10_000, province: 14_000, country: 34_000 },
    days: { city: [1, 2], province: [2, 3], country: [3, 6] },
  },
  {
    code: "YES",
    perUnit: { city: 18_000, province: 27_000, country: null },
    days: { city: [1, 1], province: [1, 1], country: [1, 1] },
  },
];

/** The courier's words for where a parcel is. */
export const statusWords: Readonly<Record<ParcelState, string>> = {
  booked: "CREATED",
  "picked-up": "PICKED_UP",
  "in-transit": "IN_TRANSIT",
  "out-for-delivery": "OUT_FOR_DELIVERY",
  "delivery-failed": "DELIVERY_FAILED",
  delivered: "DELIVERED",
  returning: "RETURNING",
  returned: "RETURNED",
  lost: "LOST",
  cancelled: "CANCELED",
};

const rateMinutes = 30;
const mostGrams = 50_000;
const gramsForgiven = 300;

/** Whole kilograms, at least one; up to 300 g above a kilogram are forgiven. */
export function chargedKilograms(weightGrams: number): number {
  return Math.max(1, Math.ceil((weightGrams - gramsForgiven) / 1_000));
}

const district = z.string().regex(/^\d{6}$/);

/** `POST /api/rates`. */
export const ratesShape = z.object({ origin: district, destination: district, weight_grams: z.int().min(1) });

/** `POST /api/orders`. */
export const orderShape = z.object({
  reference: z.string().min(1).max(64),
  service: z.string().min(1),
  weight_grams: z.int().min(1),
  origin: z.object({ district }),
  destination: z.object({
    district,
    name: z.string().min(1),
    phone: z.string().min(1),
    street: z.string().min(1),
    postal_code: z.string().min(1),
  }),
});

function rates(courier: Courier, origin: string, destination: string, weightGrams: number): Rate[] {
  return ratesOf(services, distanceOf(origin, destination), chargedKilograms(weightGrams), courier.tariffPercent);
}

/** What carrying costs by each service, and until when that holds. */
export function quote(courier: Courier, body: z.infer<typeof ratesShape>): LintasAnswer {
  if (body.weight_grams > mostGrams) return refusal(422, "TOO_HEAVY");
  const validUntil = new Date(courier.clock().getTime() + rateMinutes * 60_000);
  return {
    status: 200,
    body: {
      valid_until: validUntil.toISOString(),
      rates: rates(courier, body.origin, body.destination, body.weight_grams).map(({ service, feeRupiah, days }) => ({
        service,
        price: feeRupiah,
        etd_min: days[0],
        etd_max: days[1],
      })),
    },
  };
}

function orderBody({ waybill, reference, service, feeRupiah }: Parcel) {
  return { waybill, reference, service, price: feeRupiah };
}

/** Books a parcel; repeated unchanged the first result, changed 409 REFERENCE_USED. */
export function book(courier: Courier, body: z.infer<typeof orderShape>): LintasAnswer {
  const fingerprint = createHash("sha256").update(JSON.stringify(body)).digest("hex");
  const earlier = courier.book.byReference(body.reference);
  if (earlier !== undefined) {
    const isSame = earlier.fingerprint === fingerprint;
    return isSame ? { status: 200, body: orderBody(earlier) } : refusal(409, "REFERENCE_USED");
  }
  if (body.weight_grams > mostGrams) return refusal(422, "TOO_HEAVY");
  const { origin, destination, weight_grams: weightGrams, reference } = body;
  const rate = rates(courier, origin.district, destination.district, weightGrams).find(
    ({ service }) => service === body.service,
  );
  if (rate === undefined) return refusal(422, "SERVICE_NOT_AVAILABLE");
  const waybill = `LK${digits(12)}`;
  courier.book.record({
    entry: "parcel-booked",
    at: courier.clock().toISOString(),
    waybill,
    reference,
    service: rate.service,
    weightGrams,
    feeRupiah: rate.feeRupiah,
    origin: origin.district,
    destination: destination.district,
    fingerprint,
  });
  return { status: 201, body: { waybill, reference, service: rate.service, price: rate.feeRupiah } };
}

/** Tells of a booking by the merchant's reference. */
export function showOrder(courier: Courier, reference: string): LintasAnswer {
  const parcel = courier.book.byReference(reference);
  return parcel === undefined ? refusal(404, "ORDER_NOT_FOUND") : { status: 200, body: orderBody(parcel) };
}

/** Tells where a parcel has been. */
export function showTracking(courier: Courier, waybill: string): LintasAnswer {
  const parcel = courier.book.byWaybill(waybill);
  if (parcel === undefined) return refusal(404, "WAYBILL_NOT_FOUND");
  return {
    status: 200,
    body: {
      waybill,
      reference: parcel.reference,
      status: statusWords[stateOf(parcel)],
      history: parcel.steps.map(({ state, place, at }) => ({
        status: statusWords[state],
        at: at.toISOString(),
        location: place,
      })),
    },
  };
}
