import type { CodeTable } from "../snap/meanings.ts";

// Gerbang's answers by operation, as HTTP status and `error_code` (`200` alone for success). What is not listed is unknown:
// 202, 401, 429, 5xx and whatever the processor adds tomorrow. Source: sandbox/README.md, gerbang.

/** POST /v2/charges. An unchanged repetition is 200 with the first result. */
export const requestCodes: CodeTable<"requested" | "succeeded" | "refused"> = {
  "200": "requested",
  "201": "requested",
  "409 CHARGE_ALREADY_PAID": "succeeded",
  "400 VALIDATION_ERROR": "refused",
  "403 AMOUNT_TOO_HIGH": "refused",
  "403 CHANNEL_NOT_ACTIVE": "refused",
  "422 EXPIRES_IN_THE_PAST": "refused",
};

/** GET /v2/charges. */
export const statusCodes: CodeTable<"known" | "not-found"> = { "200": "known", "404 CHARGE_NOT_FOUND": "not-found" };

/** POST /v2/charge-cancellations. Nothing there is as good as cancelled. */
export const cancelCodes: CodeTable<"done" | "paid" | "refused"> = {
  "200": "done",
  "404 CHARGE_NOT_FOUND": "done",
  "409 CHARGE_ALREADY_PAID": "paid",
  "409 CHARGE_NOT_CANCELABLE": "refused",
};

/** POST /v2/refunds. A changed repetition is 409 REFUND_REFERENCE_USED: money under this reference has moved. */
export const refundCodes: CodeTable<"done" | "refused"> = {
  "200": "done",
  "201": "done",
  "409 REFUND_REFERENCE_USED": "done",
  "400 VALIDATION_ERROR": "refused",
  "404 CHARGE_NOT_FOUND": "refused",
  "409 CHARGE_NOT_PAID": "refused",
  "422 AMOUNT_EXCEEDS_CHARGE": "refused",
};

/** What `status` of a charge means. */
export const chargeStatusMeanings: CodeTable<"paid" | "pending" | "moving" | "failed" | "refunded"> = {
  PENDING: "pending",
  PROCESSING: "moving",
  PAID: "paid",
  REFUNDED: "refunded",
  CANCELED: "failed",
  EXPIRED: "failed",
  FAILED: "failed",
};
