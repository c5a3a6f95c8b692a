/** A SNAP responseCode taken apart: HTTP status, service code, case code. `4042519` is 404, `25`, `19`. */
export interface ResponseCode {
  readonly httpStatus: number;
  readonly serviceCode: string;
  readonly caseCode: string;
}

const pattern = /^(\d{3})(\d{2})(\d{2})$/;

/** Reads a responseCode; null when it is not seven digits. */
export function parseResponseCode(code: unknown): ResponseCode | null {
  const match = typeof code === "string" ? pattern.exec(code) : null;
  if (match === null) return null;
  const [, httpStatus = "", serviceCode = "", caseCode = ""] = match;
  return { httpStatus: Number(httpStatus), serviceCode, caseCode };
}

/** Writes a responseCode for a service: `formatResponseCode("40419", "25")` is `4042519`. */
export function formatResponseCode(statusAndCase: string, serviceCode: string): string {
  return `${statusAndCase.slice(0, 3)}${serviceCode}${statusAndCase.slice(3)}`;
}
