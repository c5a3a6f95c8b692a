import { createHash, createHmac, createSign, createVerify, type KeyObject, timingSafeEqual } from "node:crypto";
import { minifyJson } from "./minify.ts";

/** What a transaction signature covers. `path` is everything after the host as it was called, query included. */
export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  /** The bytes on the wire; empty for none. */
  readonly body: Buffer;
  /** X-TIMESTAMP, letter by letter. */
  readonly timestamp: string;
}

/** Lower-case hex of the SHA-256 of the minified body. */
export function bodyDigest(body: Buffer): string {
  return createHash("sha256").update(minifyJson(body)).digest("hex");
}

function symmetricText(request: SignedRequest, accessToken: string): string {
  return `${request.method}:${request.path}:${accessToken}:${bodyDigest(request.body)}:${request.timestamp}`;
}

function asymmetricText(request: SignedRequest): string {
  return `${request.method}:${request.path}:${bodyDigest(request.body)}:${request.timestamp}`;
}

function signRsa(privateKey: KeyObject, text: string): string {
  return createSign("sha256").update(text).sign(privateKey, "base64");
}

function verifyRsa(publicKey: KeyObject, text: string, signature: string): boolean {
  return createVerify("sha256").update(text).verify(publicKey, signature, "base64");
}

/** X-SIGNATURE of an access-token request: SHA256withRSA over `clientKey|timestamp`, base64. Source: SNAP, service 73. */
export function signTokenRequest(privateKey: KeyObject, clientKey: string, timestamp: string): string {
  return signRsa(privateKey, `${clientKey}|${timestamp}`);
}

/** Whether an access-token request was signed by the holder of the key. */
export function isTokenRequestSigned(
  publicKey: KeyObject,
  clientKey: string,
  timestamp: string,
  signature: string,
): boolean {
  return verifyRsa(publicKey, `${clientKey}|${timestamp}`, signature);
}

/** X-SIGNATURE of a transaction: HMAC-SHA512 over METHOD:path:token:digest:timestamp, base64. Source: SNAP security guide. */
export function signSymmetric(clientSecret: string, request: SignedRequest, accessToken: string): string {
  return createHmac("sha512", clientSecret).update(symmetricText(request, accessToken)).digest("base64");
}

/** Whether a transaction carries the HMAC of the secret; compared in constant time. */
export function isSymmetricallySigned(
  clientSecret: string,
  request: SignedRequest,
  accessToken: string,
  signature: string,
): boolean {
  const expected = createHmac("sha512", clientSecret).update(symmetricText(request, accessToken)).digest();
  const given = Buffer.from(signature, "base64");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** X-SIGNATURE of a transaction without access token: SHA256withRSA over METHOD:path:digest:timestamp, base64. */
export function signAsymmetric(privateKey: KeyObject, request: SignedRequest): string {
  return signRsa(privateKey, asymmetricText(request));
}

/** Whether a transaction without access token was signed by the holder of the key. */
export function isAsymmetricallySigned(publicKey: KeyObject, request: SignedRequest, signature: string): boolean {
  return verifyRsa(publicKey, asymmetricText(request), signature);
}
