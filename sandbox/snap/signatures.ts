import { createHash, createHmac, type KeyObject, sign, timingSafeEqual, verify } from "node:crypto";
import { minify } from "./minify.ts";

/** What a transaction signature covers. `path` is the path after the host as called, query included. */
export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  readonly rawBody: Buffer;
  readonly timestamp: string;
}

function bodyHash(rawBody: Buffer): string {
  return createHash("sha256").update(minify(rawBody)).digest("hex");
}

/** `clientKey|timestamp`: what is signed to get an access token. */
export function tokenStringToSign(clientKey: string, timestamp: string): string {
  return `${clientKey}|${timestamp}`;
}

/** `METHOD:path:accessToken:hash:timestamp`. Source: SNAP security standard, symmetric transaction signature. */
export function symmetricStringToSign(request: SignedRequest, accessToken: string): string {
  return `${request.method}:${request.path}:${accessToken}:${bodyHash(request.rawBody)}:${request.timestamp}`;
}

/** `METHOD:path:hash:timestamp`. Source: SNAP security standard, asymmetric transaction signature without token. */
export function asymmetricStringToSign(request: SignedRequest): string {
  return `${request.method}:${request.path}:${bodyHash(request.rawBody)}:${request.timestamp}`;
}

/** base64(HMAC-SHA512(clientSecret, text)). */
export function signSymmetric(text: string, clientSecret: string): string {
  return createHmac("sha512", clientSecret).update(text).digest("base64");
}

/** Compares in constant time; anything that is not 64 bytes in base64 is false. */
export function verifySymmetric(text: string, clientSecret: string, signature: string): boolean {
  const expected = createHmac("sha512", clientSecret).update(text).digest();
  const given = Buffer.from(signature, "base64");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** base64(SHA256withRSA(privateKey, text)), PKCS #1 v1.5. */
export function signAsymmetric(text: string, privateKey: KeyObject): string {
  return sign("sha256", Buffer.from(text), privateKey).toString("base64");
}

/** Whether the signature over the text is by the owner of the public key. */
export function verifyAsymmetric(text: string, publicKey: KeyObject, signature: string): boolean {
  return verify("sha256", Buffer.from(text), publicKey, Buffer.from(signature, "base64"));
}
