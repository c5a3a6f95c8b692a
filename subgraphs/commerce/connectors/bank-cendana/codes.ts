import type { CodeTable } from "../snap/meanings.ts";

// Bank Cendana's answers by service, as HTTP status and case code. What is not listed is unknown: 202, 429, 5xx, 401 and
// whatever the bank adds tomorrow. Source: SNAP, list of response codes; the bank's dialect where a comment says so.

/** create-va (27) and qr-mpm-generate (47). An unchanged repetition answers 20000 with the first result. */
export const requestCodes: CodeTable<"requested" | "succeeded" | "refused"> = {
  "20000": "requested",
  "40901": "succeeded",
  "40000": "refused",
  "40001": "refused",
  "40002": "refused",
  "40300": "refused",
  "40301": "refused",
  "40302": "refused",
  "40408": "refused",
  "40412": "refused",
  "40416": "refused",
};

/** transfer-va status (26), qr-mpm-query (51). */
export const statusCodes: CodeTable<"known" | "not-found"> = { "20000": "known", "40401": "not-found" };

/** delete-va (31), qr-mpm-cancel (77). Nothing there is as good as cancelled; 40418 counts as success for a void. */
export const cancelCodes: CodeTable<"done" | "paid" | "refused"> = {
  "20000": "done",
  "40401": "done",
  "40418": "done",
  "40400": "refused",
  "40414": "paid",
};

/** qr-mpm-refund (78). The bank's dialect: a repetition is 40901 with the first result; 40418 counts as success. */
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
