/** Service codes of the operations that the sandbox speaks. Source: SNAP, "service code" of each API. */
export const services = {
  "access-token": "73",
  "transfer-intrabank": "17",
  "transfer-interbank": "18",
  "transfer-status": "36",
  "va-inquiry": "24",
  "va-payment": "25",
  "va-status": "26",
  "create-va": "27",
  "inquiry-va": "30",
  "delete-va": "31",
  "qr-generate": "47",
  "qr-query": "51",
  "qr-notify": "52",
  "qr-cancel": "77",
  "qr-refund": "78",
  "wallet-payment": "54",
  "wallet-status": "55",
  "wallet-notify": "56",
  "wallet-cancel": "57",
  "wallet-refund": "58",
  settlement: "35",
} as const;

/** An operation by the name that the control API uses for it. */
export type OperationName = keyof typeof services;

/** Cases of the standard's response code list: HTTP status, case code, message. */
export const cases = {
  successful: [200, "00", "Successful"],
  inProgress: [202, "00", "Request In Progress"],
  badRequest: [400, "00", "Bad Request"],
  invalidFieldFormat: [400, "01", "Invalid Field Format"],
  invalidMandatoryField: [400, "02", "Invalid Mandatory Field"],
  unauthorized: [401, "00", "Unauthorized."],
  invalidToken: [401, "01", "Invalid Token (B2B)"],
  transactionExpired: [403, "00", "Transaction Expired"],
  featureNotAllowed: [403, "01", "Feature Not Allowed"],
  exceedsAmountLimit: [403, "02", "Exceeds Transaction Amount Limit"],
  insufficientFunds: [403, "14", "Insufficient Funds"],
  invalidTransactionStatus: [404, "00", "Invalid Transaction Status"],
  transactionNotFound: [404, "01", "Transaction Not Found"],
  invalidMerchant: [404, "08", "Invalid Merchant"],
  invalidBill: [404, "12", "Invalid Bill/Virtual Account"],
  invalidAmount: [404, "13", "Invalid Amount"],
  paidBill: [404, "14", "Paid Bill"],
  partnerNotFound: [404, "16", "Partner Not Found"],
  inconsistentRequest: [404, "18", "Inconsistent Request"],
  expiredBill: [404, "19", "Invalid Bill/Virtual Account"],
  conflict: [409, "00", "Conflict"],
  duplicatePartnerReferenceNo: [409, "01", "Duplicate partnerReferenceNo"],
  tooManyRequests: [429, "00", "Too Many Requests"],
  generalError: [500, "00", "General Error"],
  internalServerError: [500, "01", "Internal Server Error"],
  externalServerError: [500, "02", "External Server Error"],
  timeout: [504, "00", "Timeout"],
} as const;

/** A case by name. */
export type CaseName = keyof typeof cases;

/** What a provider answers: the HTTP status and the JSON body, `responseCode` first. */
export interface SnapAnswer {
  readonly httpStatus: number;
  readonly body: { readonly responseCode: string; readonly responseMessage: string; readonly [field: string]: unknown };
}

/** The seven digits of a case of an operation: HTTP status, service code, case code. */
export function responseCode(operation: OperationName, caseName: CaseName): string {
  const [httpStatus, caseCode] = cases[caseName];
  return `${httpStatus}${services[operation]}${caseCode}`;
}

/** Builds an answer; `detail` follows the case's message, as the standard's `{field name}` and `[reason]` do. */
export function answer(
  operation: OperationName,
  caseName: CaseName,
  detail?: string,
  fields: Readonly<Record<string, unknown>> = {},
): SnapAnswer {
  const [httpStatus, , message] = cases[caseName];
  const responseMessage = (detail === undefined ? message : `${message} ${detail}`).slice(0, 150);
  return { httpStatus, body: { responseCode: responseCode(operation, caseName), responseMessage, ...fields } };
}

const responseCodePattern = /^([2-5]\d\d)(\d\d)(\d\d)$/;

/** Builds an answer from seven digits that a test asks for; undefined when they do not belong to the operation. */
export function answerOfCode(operation: OperationName, code: string): SnapAnswer | undefined {
  const match = responseCodePattern.exec(code);
  if (match === null || match[2] !== services[operation]) return undefined;
  const httpStatus = Number(match[1]);
  const known = Object.values(cases).find(([status, caseCode]) => status === httpStatus && caseCode === match[3]);
  return { httpStatus, body: { responseCode: code, responseMessage: known?.[2] ?? "Refused by the sandbox" } };
}
