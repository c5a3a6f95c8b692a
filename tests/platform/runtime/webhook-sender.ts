import { type KeyObject, randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { exportJWK, generateKeyPair } from "jose";
import { signWebhook, type WebhookKey } from "../../../platform/runtime/webhook-signature.ts";

/** A key pair for tests: what signs, and what its verifier is given. */
export interface TestKey {
  readonly signing: WebhookKey;
  readonly privateJwk: object;
  readonly publicJwk: object;
}

/** Makes an Ed25519 pair. */
export async function makeKey(kid: string): Promise<TestKey> {
  const { privateKey, publicKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  const { KeyObject: keys } = await import("node:crypto");
  const key: KeyObject = keys.from(privateKey as Parameters<typeof keys.from>[0]);
  return {
    signing: { kid, key },
    privateJwk: { ...(await exportJWK(privateKey)), kid },
    publicJwk: { ...(await exportJWK(publicKey)), kid },
  };
}

/** Writes a key set; answers its path. */
export function writeKeys(path: string, keys: readonly object[]): string {
  writeFileSync(path, JSON.stringify({ keys }));
  return path;
}

/** What a test may do otherwise than a proper sender. */
export interface SendOptions {
  readonly id?: string;
  readonly at?: Date;
  readonly keys?: readonly WebhookKey[];
  /** Replaces headers; undefined takes one away. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** Sends a signed webhook; answers the status and the code. */
export async function sendWebhook(
  url: string,
  body: string,
  { id = randomUUID(), at = new Date(), keys = [], headers = {} }: SendOptions = {},
): Promise<{ readonly status: number; readonly code: string }> {
  const all = { "content-type": "application/json", ...signWebhook(keys, id, at, Buffer.from(body)), ...headers };
  const sent = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const answer = await fetch(url, { method: "POST", headers: sent, body });
  return { status: answer.status, code: ((await answer.json()) as { code: string }).code };
}
