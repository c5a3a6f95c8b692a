import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import { type Result, refused, success } from "../values/result.ts";
import { readJsonFile } from "./config.ts";

/** An Ed25519 key with its id; which half it is, its reader says. */
export interface WebhookKey {
  readonly kid: string;
  readonly key: KeyObject;
}

/** Why a webhook is not taken for its sender's. */
export type SignatureRefusal = "SIGNATURE_MISSING" | "SIGNATURE_INVALID" | "TIMESTAMP_OUT_OF_WINDOW";

const mostKeys = 4;
const mostSignatures = 8;
const signatureBytes = 64;
const windowSeconds = 300;
const usableId = /^[\w.-]{1,64}$/;
const usableTimestamp = /^\d{1,12}$/;

const publicHalf = z.object({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  kid: z.string().min(1),
  x: z.string().min(1),
  d: z.never({ error: "is a private key: give the receiver the public half alone" }).optional(),
});
const privateHalf = publicHalf.extend({ d: z.string().min(1) });

function keySetOf<Key extends z.ZodType>(key: Key) {
  return z.object({ keys: z.array(key).min(1).max(mostKeys) });
}

/** Reads a key set (RFC 7517) of 1 to 4 private Ed25519 keys; all of them sign. @throws ConfigurationError */
export function readSigningKeys(path: string): WebhookKey[] {
  const { keys } = readJsonFile(keySetOf(privateHalf), path);
  return keys.map(({ kid, ...jwk }) => ({ kid, key: createPrivateKey({ key: jwk, format: "jwk" }) }));
}

/** Reads a key set of 1 to 4 public Ed25519 keys; a signature by any of them counts. @throws ConfigurationError */
export function readVerifyingKeys(path: string): WebhookKey[] {
  const { keys } = readJsonFile(keySetOf(publicHalf), path);
  return keys.map(({ kid, kty, crv, x }) => ({ kid, key: createPublicKey({ key: { kty, crv, x }, format: "jwk" }) }));
}

function signedBytes(id: string, timestamp: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
}

/**
 * The headers that sign a body: `webhook-id`, `webhook-timestamp` (seconds) and `webhook-signature` with one `v1a` entry for
 * each key. Source: Standard Webhooks 1.0, asymmetric signatures.
 */
export function signWebhook(
  keys: readonly WebhookKey[],
  id: string,
  at: Date,
  body: Buffer,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const bytes = signedBytes(id, timestamp, body);
  const signatures = keys.map(({ key }) => `v1a,${sign(null, bytes, key).toString("base64")}`);
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
}

function single(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  return typeof value === "string" ? value : "";
}

function signaturesIn(header: string): Buffer[] {
  return header
    .split(" ", mostSignatures)
    .filter((entry) => entry.startsWith("v1a,"))
    .map((entry) => Buffer.from(entry.slice("v1a,".length), "base64"))
    .filter((signature) => signature.length === signatureBytes);
}

/**
 * Verifies a webhook over the bytes that were received. Answers its id and the id of the key that signed it; the timestamp
 * may be 5 minutes from `now`, before or after. That an id comes a second time is for the receiver to notice.
 */
export function verifyWebhook(
  keys: readonly WebhookKey[],
  headers: IncomingHttpHeaders,
  body: Buffer,
  now: Date,
): Result<{ readonly id: string; readonly kid: string }, SignatureRefusal> {
  const [id, timestamp, signature] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) =>
    single(headers, name),
  ) as [string, string, string];
  if (!usableId.test(id) || !usableTimestamp.test(timestamp) || signature === "") return refused("SIGNATURE_MISSING");
  const bytes = signedBytes(id, timestamp, body);
  const signatures = signaturesIn(signature);
  const signer = keys.find(({ key }) => signatures.some((candidate) => verify(null, bytes, key, candidate)));
  if (signer === undefined) return refused("SIGNATURE_INVALID");
  if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > windowSeconds) return refused("TIMESTAMP_OUT_OF_WINDOW");
  return success({ id, kid: signer.kid });
}
