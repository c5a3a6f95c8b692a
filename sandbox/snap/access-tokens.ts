import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../platform/values/instants.ts";

/** How long a B2B token lives, in s. Source: SNAP security standard, `expiresIn` 900. */
export const tokenLifetimeSeconds = 900;

/** Issues and checks B2B tokens. They carry their own proof, so they outlive a restart of the provider. */
export interface AccessTokens {
  readonly issue: () => string;
  readonly accepts: (token: string) => boolean;
  /** Every token given out so far is refused from now on (until a restart). */
  readonly revokeAll: () => void;
}

/** Tokens are `expiry.generation.nonce.mac`, the MAC under a key derived from the provider's own secret. */
export function createAccessTokens(secret: string, clock: Clock): AccessTokens {
  const key = createHmac("sha256", secret).update("sandbox access tokens").digest();
  let generation = 0;

  function mac(payload: string): Buffer {
    return createHmac("sha256", key).update(payload).digest();
  }

  return {
    issue() {
      const expiresAt = clock().getTime() + tokenLifetimeSeconds * 1000;
      const payload = `${expiresAt}.${generation}.${randomBytes(16).toString("base64url")}`;
      return `${payload}.${mac(payload).toString("base64url")}`;
    },
    accepts(token) {
      const end = token.lastIndexOf(".");
      if (end < 0) return false;
      const payload = token.slice(0, end);
      const given = Buffer.from(token.slice(end + 1), "base64url");
      const expected = mac(payload);
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return false;
      const [expiresAt, itsGeneration] = payload.split(".").map(Number);
      return (expiresAt ?? 0) > clock().getTime() && itsGeneration === generation;
    },
    revokeAll() {
      generation += 1;
    },
  };
}
