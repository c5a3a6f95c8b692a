import type { CodeTable } from "../snap/meanings.ts";

// Kantong's answers by service, as HTTP status and case code. What is not listed is unknown. Source: SNAP, list of response
// codes; the wallet's dialect where a comment says so.

/** payment-host-to-host (54). 40418 counts as failed for a direct debit payment. */
export const requestCodes: CodeTable<"requested" | "succeeded" | "refused"> = {
  "20000": "requested",
  "40901": "succeeded",
  "40000": "refused",
  "40001": "refused",
  "40002": "refused",
  "40300": "refused",
  "40301": "refused",
  "40302": "refused",
  "40314": "refused",
  "40408": "refused",
  "40418": "refused",
};

/** debit status (55). */
export const statusCodes: CodeTable<"known" | "not-found"> = { "20000": "known", "40401": "not-found" };

/** debit cancel (57). Nothing there is as good as cancelled; 40418 counts as success for a void. */
export const cancelCodes: CodeTable<"done" | "paid" | "refused"> = {
  "20000": "done",
  "40401": "done",
  "40418": "done",
  "40400": "refused",
  "40414": "paid",
};

/**
 * debit refund (58). The wallet's dialect: an unchanged repetition is 20000 with the first result, a changed one is 40418,
 * which counts as success for a refund: money under this reference has moved.
 */
export const refundCodes: CodeTable<"done" | "refused"> = {
  "20000": "done",
  "40901": "done",
  "40418": "done",
  "40001": "refused",
  "40002": "refused",
  "40314": "refused",
  "40400": "refused",
  "40401": "refused",
  "40413": "refused",
};
