import type { CodeTable } from "../snap/meanings.ts";
import { standardCancelCodes, standardRequestCodes, standardStatusCodes } from "../snap/standard-codes.ts";

// Bank Meranti's answers by service, as HTTP status and case code. What is not listed is unknown.

/**
 * create-va (27). The bank's dialect: an unchanged repetition is 40901 with the first result, which is still payable; once
 * it is paid, a repetition is 40414.
 */
export const requestCodes: CodeTable<"requested" | "succeeded" | "refused"> = {
  ...standardRequestCodes,
  "40901": "requested",
  "40414": "succeeded",
  "40412": "refused",
  "40416": "refused",
};

/** transfer-va status (26). */
export const statusCodes: CodeTable<"known" | "not-found"> = standardStatusCodes;

/** delete-va (31). */
export const cancelCodes: CodeTable<"done" | "paid" | "refused"> = standardCancelCodes;
