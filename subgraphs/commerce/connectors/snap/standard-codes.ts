import type { CodeTable } from "./meanings.ts";

// What the standard's list of response codes means, as HTTP status and case code, for what every provider has in common. A
// connector's own table begins with these and says where its provider differs. What no table lists is unknown: 202, 401,
// 429, 5xx and whatever a provider adds tomorrow. Source: SNAP, list of response codes.

/** Asking for a payment: create-va (27), qr-mpm-generate (47), payment-host-to-host (54). */
export const standardRequestCodes = {
  "20000": "requested",
  "40901": "succeeded",
  "40000": "refused",
  "40001": "refused",
  "40002": "refused",
  "40300": "refused",
  "40301": "refused",
  "40302": "refused",
  "40408": "refused",
} as const satisfies CodeTable<"requested" | "succeeded" | "refused">;

/** Asking for the status: 26, 51, 55. */
export const standardStatusCodes = { "20000": "known", "40401": "not-found" } as const satisfies CodeTable<
  "known" | "not-found"
>;

/** Closing a charge: 31, 77, 57. Nothing there is as good as cancelled; 40418 counts as success for a void. */
export const standardCancelCodes = {
  "20000": "done",
  "40401": "done",
  "40418": "done",
  "40400": "refused",
  "40414": "paid",
} as const satisfies CodeTable<"done" | "paid" | "refused">;

/** Sending money back: 78, 58. 40901 is a repetition; 40418 counts as success: money under this reference has moved. */
export const standardRefundCodes = {
  "20000": "done",
  "40901": "done",
  "40418": "done",
  "40001": "refused",
  "40002": "refused",
  "40314": "refused",
  "40400": "refused",
  "40401": "refused",
  "40413": "refused",
} as const satisfies CodeTable<"done" | "refused">;
