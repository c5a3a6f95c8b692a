import type { CodeTable } from "../snap/meanings.ts";

// Bank Cendana's answers about transfers, as HTTP status and case code. What is not listed is unknown: 202, 429, 5xx, 401 and
// whatever the bank adds tomorrow. Source: SNAP, list of response codes.

/** transfer-intrabank (17), transfer-interbank (18). 40901 has succeeded before; 40418 counts as success for a transfer. */
export const transferCodes: CodeTable<"done" | "refused"> = {
  "20000": "done",
  "40901": "done",
  "40418": "done",
  "40000": "refused",
  "40001": "refused",
  "40002": "refused",
  "40301": "refused",
  "40302": "refused",
  "40314": "refused",
  "40400": "refused",
  "40411": "refused",
};

/** transfer/status (36). */
export const transferStatusCodes: CodeTable<"known" | "not-found"> = { "20000": "known", "40401": "not-found" };

/** `latestTransactionStatus` of a transfer. */
export const transferStates: CodeTable<"done" | "pending" | "failed"> = {
  "00": "done",
  "01": "pending",
  "02": "pending",
  "03": "pending",
  "05": "failed",
  "06": "failed",
};
