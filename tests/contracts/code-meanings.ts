// What every code means, written out by hand from docs/domain.md section 2 (SNAP's list of response codes) and from each
// provider's dialect. Nothing here is imported from a connector: a connector whose table says otherwise is wrong.

/** Codes as HTTP status and case (`40418`), each with its meaning. What is not named is unknown. */
export type ExpectedCodes = Readonly<Record<string, string>>;

/** Closing a charge. None there is as good as closed; 404..18 counts as success for a void; 404..14 is paid already. */
export const cancelMeanings: ExpectedCodes = {
  "20000": "done",
  "40401": "done",
  "40418": "done",
  "40400": "refused",
  "40414": "paid",
};

/** Asking for the status of a charge or a transfer. */
export const statusMeanings: ExpectedCodes = { "20000": "known", "40401": "not-found" };

/** Sending money back. 409..01 and 404..18: money under this reference has moved. */
export const refundMeanings: ExpectedCodes = {
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

/** Opening a virtual account, showing a QR code. 404..18 is for payments of an account, not for its opening: unknown. */
export const openingMeanings: ExpectedCodes = {
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

/** Opening a virtual account at the bank whose repetition is 409..01 with the first result, and 404..14 once it is paid. */
export const merantiOpeningMeanings: ExpectedCodes = {
  "20000": "requested",
  "40901": "requested",
  "40414": "succeeded",
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

/** A direct debit. 404..18 counts as FAILED here, unlike for every other operation. */
export const directDebitMeanings: ExpectedCodes = {
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

/** Closing a charge at the wallet that says 403..00 (expired) of one that is gone already. */
export const lumbungCancelMeanings: ExpectedCodes = {
  "20000": "done",
  "40401": "done",
  "40418": "done",
  "40300": "done",
  "40400": "refused",
  "40414": "paid",
};

/** A transfer. 409..01 succeeded before; 404..18 counts as success. */
export const transferMeanings: ExpectedCodes = {
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

/** `latestTransactionStatus` of a charge. */
export const chargeStateMeanings: ExpectedCodes = {
  "00": "paid",
  "01": "pending",
  "02": "moving",
  "03": "moving",
  "04": "refunded",
  "05": "failed",
  "06": "failed",
  "07": "not-found",
};

/** `latestTransactionStatus` of a transfer. 04 is no state of a transfer that we would make; 07 says nothing of the first. */
export const transferStateMeanings: ExpectedCodes = {
  "00": "done",
  "01": "pending",
  "02": "pending",
  "03": "pending",
  "05": "failed",
  "06": "failed",
};

/** Every code of the standard that section 2 names, and some that nobody knows. */
export const snapCodes: readonly string[] = [
  ...["20000", "20200", "20099", "40000", "40001", "40002", "40099", "40100", "40101", "40102"],
  ...["40300", "40301", "40302", "40314", "40399", "40400", "40401", "40408", "40411", "40412", "40413", "40414"],
  ...["40416", "40418", "40419", "40499", "40500", "40900", "40901", "40999", "41800", "42900"],
  ...["50000", "50001", "50002", "50300", "50400"],
];

/** The processor that does not speak SNAP: HTTP status and `error_code`. */
export const processorMeanings = {
  request: {
    "200": "requested",
    "201": "requested",
    "409 CHARGE_ALREADY_PAID": "succeeded",
    "400 VALIDATION_ERROR": "refused",
    "403 AMOUNT_TOO_HIGH": "refused",
    "403 CHANNEL_NOT_ACTIVE": "refused",
    "422 EXPIRES_IN_THE_PAST": "refused",
  },
  status: { "200": "known", "404 CHARGE_NOT_FOUND": "not-found" },
  cancel: {
    "200": "done",
    "404 CHARGE_NOT_FOUND": "done",
    "409 CHARGE_ALREADY_PAID": "paid",
    "409 CHARGE_NOT_CANCELABLE": "refused",
  },
  refund: {
    "200": "done",
    "201": "done",
    "409 REFUND_REFERENCE_USED": "done",
    "400 VALIDATION_ERROR": "refused",
    "404 CHARGE_NOT_FOUND": "refused",
    "409 CHARGE_NOT_PAID": "refused",
    "422 AMOUNT_EXCEEDS_CHARGE": "refused",
  },
} as const satisfies Record<string, ExpectedCodes>;

/** Every code of the processor that its operations know, and some that nobody knows. */
export const processorCodes: readonly string[] = [
  ...["200", "201", "202", "400 VALIDATION_ERROR", "401 INVALID_API_KEY", "403 AMOUNT_TOO_HIGH"],
  ...["403 CHANNEL_NOT_ACTIVE", "404 CHARGE_NOT_FOUND", "409 CHARGE_ALREADY_PAID", "409 CHARGE_NOT_CANCELABLE"],
  ...["409 CHARGE_NOT_PAID", "409 REFUND_REFERENCE_USED", "409 SOMETHING_NEW", "418", "422 AMOUNT_EXCEEDS_CHARGE"],
  ...["422 EXPIRES_IN_THE_PAST", "429 RATE_LIMITED", "500 SERVER_ERROR", "503", "504"],
];
