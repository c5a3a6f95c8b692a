import type { CodeTable } from "../snap/meanings.ts";
import {
  standardCancelCodes,
  standardRefundCodes,
  standardRequestCodes,
  standardStatusCodes,
} from "../snap/standard-codes.ts";

// Bank Cendana's answers by service, as HTTP status and case code. What is not listed is unknown.

/** create-va (27) and qr-mpm-generate (47). An unchanged repetition answers 20000 with the first result. */
export const requestCodes: CodeTable<"requested" | "succeeded" | "refused"> = {
  ...standardRequestCodes,
  "40412": "refused",
  "40416": "refused",
};

/** transfer-va status (26), qr-mpm-query (51). */
export const statusCodes: CodeTable<"known" | "not-found"> = standardStatusCodes;

/** delete-va (31), qr-mpm-cancel (77). */
export const cancelCodes: CodeTable<"done" | "paid" | "refused"> = standardCancelCodes;

/** qr-mpm-refund (78). The bank's dialect: a repetition is 40901 with the first result. */
export const refundCodes: CodeTable<"done" | "refused"> = standardRefundCodes;
