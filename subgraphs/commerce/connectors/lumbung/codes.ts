import type { CodeTable } from "../snap/meanings.ts";
import {
  standardCancelCodes,
  standardRefundCodes,
  standardRequestCodes,
  standardStatusCodes,
} from "../snap/standard-codes.ts";

// Lumbung's answers by service, as HTTP status and case code. What is not listed is unknown.

/** payment-host-to-host (54). 40418 counts as failed for a direct debit payment. */
export const requestCodes: CodeTable<"requested" | "succeeded" | "refused"> = {
  ...standardRequestCodes,
  "40314": "refused",
  "40418": "refused",
};

/** debit status (55). */
export const statusCodes: CodeTable<"known" | "not-found"> = standardStatusCodes;

/** debit cancel (57). The wallet's dialect: a charge that is gone already is 40300 (expired), which is as good. */
export const cancelCodes: CodeTable<"done" | "paid" | "refused"> = { ...standardCancelCodes, "40300": "done" };

/** debit refund (58). The wallet's dialect: an unchanged repetition is 20000, a changed one 40418; 40901 is not said. */
export const refundCodes: CodeTable<"done" | "refused"> = standardRefundCodes;
