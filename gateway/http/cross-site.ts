import type { IncomingHttpHeaders } from "node:http";
import { MIMEType } from "node:util";
import { BadRequest } from "../operations/bad-request.ts";

// What a browser sends to another site without asking it first. Source: Fetch standard, CORS-safelisted request headers.
const simpleTypes = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];
const askingHeaders = ["x-apollo-operation-name", "apollo-require-preflight"] as const;

/** The type and subtype of a content type; null when it cannot be read. */
export function essenceOf(contentType: string): string | null {
  try {
    return new MIMEType(contentType).essence;
  } catch {
    return null;
  }
}

/** @throws BadRequest for a request that another site's page could make a visitor's browser send */
export function assertNotCrossSite(headers: IncomingHttpHeaders): void {
  const contentType = headers["content-type"];
  if (contentType !== undefined && !simpleTypes.includes(essenceOf(contentType) ?? "")) return;
  if (askingHeaders.some((name) => (headers[name] ?? "") !== "")) return;
  throw new BadRequest(
    `This operation has been blocked as a potential Cross-Site Request Forgery (CSRF). Please either specify a 'content-type' header (with a type that is not one of ${simpleTypes.join(", ")}) or provide a non-empty value for one of the following headers: ${askingHeaders.join(", ")}\n`,
  );
}
