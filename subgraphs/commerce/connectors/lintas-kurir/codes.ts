import type { TrackingStep } from "../../domain/shipping/tracking.ts";
import type { CodeTable } from "../snap/meanings.ts";

// Lintas Kurir's answers by operation, as HTTP status and `error` (`200` alone for success). What is not listed is unknown:
// 202, 401, 429, 5xx and whatever the courier adds tomorrow. Source: sandbox/README.md, lintas-kurir.

/** POST /api/rates. */
export const rateCodes: CodeTable<"rates" | "refused"> = {
  "200": "rates",
  "400 INVALID_REQUEST": "refused",
  "422 TOO_HEAVY": "refused",
  "422 ROUTE_NOT_SERVED": "refused",
};

/** POST /api/orders. An unchanged repetition is 200 with the first result; a changed one names a parcel that is booked. */
export const bookCodes: CodeTable<"booked" | "taken" | "refused"> = {
  "200": "booked",
  "201": "booked",
  "409 REFERENCE_USED": "taken",
  "400 INVALID_REQUEST": "refused",
  "422 TOO_HEAVY": "refused",
  "422 ROUTE_NOT_SERVED": "refused",
  "422 SERVICE_NOT_AVAILABLE": "refused",
};

/** GET /api/orders. */
export const findCodes: CodeTable<"booked" | "not-found"> = { "200": "booked", "404 ORDER_NOT_FOUND": "not-found" };

/** GET /api/trackings. A waybill that the courier has given out and does not know is no answer. */
export const trackCodes: CodeTable<"tracked"> = { "200": "tracked" };

/** What `status` of a parcel means. */
export const parcelStatuses: Readonly<Record<string, Exclude<TrackingStep["status"], "UNKNOWN">>> = {
  CREATED: "BOOKED",
  PICKED_UP: "PICKED_UP",
  IN_TRANSIT: "IN_TRANSIT",
  OUT_FOR_DELIVERY: "OUT_FOR_DELIVERY",
  DELIVERY_FAILED: "DELIVERY_FAILED",
  DELIVERED: "DELIVERED",
  RETURNING: "RETURNING",
  RETURNED: "RETURNED",
  LOST: "LOST",
  CANCELED: "CANCELLED",
};
