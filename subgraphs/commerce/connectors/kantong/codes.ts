import type { CodeTable } from "../snap/meanings.ts";
import {
  standardCancelCodes,
  standardRefundCodes,
  standardRequestCodes,
  standardStatusCodes,
} from "../snap/standard-codes.ts";

// Kantong's answers by service, as HTTP status and case code. What is not listed is unknown.

/** payment-host-to-host (54). 40418 counts as failed for a direct debit payment. */
export const requestCodes: CodeTable<"requested" | "succeeded" | "refused"> = {
  ...standardRequestCodes,
  "40314": "refused",
  "40418": "refused",
};

/** debit status (55). */
export const statusCodes: CodeTable<"known" | "not-found"> = standardStatusCodes;

/** debit cancel (57). */
export const cancelCodes: CodeTable<"done" | "paid" | "refused"> = standardCancelCodes;

/** debit refund (58). The wallet's dialect: an unchanged repetition is 20000 with the first result. */
export const refundCodes: CodeTable<"done" | "refused"> = standardRefundCodes;
