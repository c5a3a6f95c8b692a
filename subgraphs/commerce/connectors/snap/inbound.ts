import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { isExternalId } from "./external-id.ts";
import type { InboundTokens } from "./inbound-tokens.ts";
import type { SnapParty } from "./party.ts";
import {
  isAsymmetricallySigned,
  isSymmetricallySigned,
  isTokenRequestSigned,
  type SignedRequest,
} from "./signatures.ts";
import { isFresh } from "./timestamps.ts";

/** A call that reached us, as it was on the wire. */
export interface InboundCall {
  readonly method: string;
  /** After the host, as called, query included. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Why a call is not listened to: HTTP status and case code (`40100`), and the sentence that goes with it. */
export interface InboundRefusal {
  readonly code: string;
  readonly message: string;
}

/** A call whose sender is proven. */
export interface VerifiedCall {
  readonly externalId: string;
}

/** The outcome of verification. */
export type Verification =
  | { readonly ok: true; readonly value: VerifiedCall }
  | { readonly ok: false; readonly refusal: InboundRefusal };

function header(call: InboundCall, name: string): string {
  const value = call.headers[name];
  return typeof value === "string" ? value : "";
}

function isSame(given: string, expected: string): boolean {
  // Hashing first gives both the same length, so the comparison tells nothing about the expected value's.
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

const refuse = (code: string, message: string): { ok: false; refusal: InboundRefusal } => ({
  ok: false,
  refusal: { code, message },
});
const badSignature = (): { ok: false; refusal: InboundRefusal } => refuse("40100", "Unauthorized. Signature");

function missingHeader(call: InboundCall, names: readonly string[]): string | undefined {
  return names.find((name) => header(call, name) === "");
}

/** Proves who asks for an access token (service 73): X-CLIENT-KEY is the provider's, signed now, with its RSA key. */
export function verifyTokenRequest(
  party: SnapParty,
  call: InboundCall,
  now: Date,
): { readonly ok: true } | { readonly ok: false; readonly refusal: InboundRefusal } {
  const missing = missingHeader(call, ["x-client-key", "x-timestamp", "x-signature"]);
  if (missing !== undefined) return refuse("40002", `Invalid Mandatory Field ${missing.toUpperCase()}`);
  const timestamp = header(call, "x-timestamp");
  if (!isFresh(timestamp, now)) return refuse("40100", "Unauthorized. X-TIMESTAMP");
  const clientKey = header(call, "x-client-key");
  const isTheirs =
    isSame(clientKey, party.inbound.clientKey) &&
    isTokenRequestSigned(party.providerPublicKey, clientKey, timestamp, header(call, "x-signature"));
  return isTheirs ? { ok: true } : refuse("40100", "Unauthorized. Signature");
}

function checkHeaders(call: InboundCall, now: Date, names: readonly string[]): Verification {
  const missing = missingHeader(call, [...names, "x-timestamp", "x-signature", "x-external-id"]);
  if (missing !== undefined) return refuse("40002", `Invalid Mandatory Field ${missing.toUpperCase()}`);
  if (!isFresh(header(call, "x-timestamp"), now)) return refuse("40100", "Unauthorized. X-TIMESTAMP");
  const externalId = header(call, "x-external-id");
  if (!isExternalId(externalId)) return refuse("40001", "Invalid Field Format X-EXTERNAL-ID");
  return { ok: true, value: { externalId } };
}

function signedPart(call: InboundCall): SignedRequest {
  return { method: call.method, path: call.path, body: call.body, timestamp: header(call, "x-timestamp") };
}

/** Proves a call-back that carries our access token and an HMAC over the raw bytes. */
export async function verifySymmetricCall(
  party: SnapParty,
  tokens: InboundTokens,
  call: InboundCall,
  now: Date,
): Promise<Verification> {
  const token = /^Bearer (\S+)$/i.exec(header(call, "authorization"))?.[1];
  if (token === undefined || !(await tokens.isValid(token))) return refuse("40101", "Invalid Token (B2B)");
  const headers = checkHeaders(call, now, ["x-partner-id", "channel-id"]);
  if (!headers.ok) return headers;
  const isTheirs =
    isSame(header(call, "x-partner-id"), party.partnerId) &&
    isSymmetricallySigned(party.inbound.clientSecret, signedPart(call), token, header(call, "x-signature"));
  return isTheirs ? headers : badSignature();
}

/** Proves a call-back without access token, by the provider's RSA signature over the raw bytes. */
export function verifyAsymmetricCall(party: SnapParty, call: InboundCall, now: Date): Verification {
  const headers = checkHeaders(call, now, ["x-partner-id"]);
  if (!headers.ok) return headers;
  const isTheirs =
    isSame(header(call, "x-partner-id"), party.partnerId) &&
    isAsymmetricallySigned(party.providerPublicKey, signedPart(call), header(call, "x-signature"));
  return isTheirs ? headers : badSignature();
}
