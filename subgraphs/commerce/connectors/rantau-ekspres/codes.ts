import type { TrackingStep } from "../../domain/shipping/tracking.ts";
import type { CodeTable } from "../snap/meanings.ts";

// Rantau Ekspres answers HTTP 200 whatever it says; `kode` has the meaning. What is not listed is unknown: E90 (a fault of
// theirs), E91 (being worked on), any other HTTP status, and what the courier adds tomorrow. Source: sandbox/README.md.

/** POST /ws/tarif. */
export const rateCodes: CodeTable<"rates" | "refused"> = {
  "00": "rates",
  E10: "refused",
  E11: "refused",
  E14: "refused",
};

/** POST /ws/pesan. E17: a parcel is booked under the reference; which one, only the look-up says. */
export const bookCodes: CodeTable<"booked" | "taken" | "refused"> = {
  "00": "booked",
  E17: "taken",
  E10: "refused",
  E11: "refused",
  E12: "refused",
  E14: "refused",
};

/** POST /ws/cek. */
export const findCodes: CodeTable<"booked" | "not-found"> = { "00": "booked", E44: "not-found" };

/** POST /ws/lacak. A waybill that the courier has given out and does not know is no answer. */
export const trackCodes: CodeTable<"tracked"> = { "00": "tracked" };

/** What `status` of a parcel means. 220 is the depot of the recipient's town, 410 a neighbour or guard who took it in. */
export const parcelStatuses: Readonly<Record<string, Exclude<TrackingStep["status"], "UNKNOWN">>> = {
  "100": "BOOKED",
  "200": "PICKED_UP",
  "210": "IN_TRANSIT",
  "220": "IN_TRANSIT",
  "300": "OUT_FOR_DELIVERY",
  "310": "DELIVERY_FAILED",
  "400": "DELIVERED",
  "410": "DELIVERED",
  "500": "RETURNING",
  "510": "RETURNED",
  "900": "LOST",
  "990": "CANCELLED",
};
