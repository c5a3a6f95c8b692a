import { randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import type { SigningKey } from "./keys.ts";
import type { User } from "./users.ts";

/** How long a user's token lives when nothing else is asked, in s. */
export const defaultLifetimeSeconds = 12 * 60 * 60;

/** What a token says. Source: RFC 7519, OpenID Connect Core 5.1 (email, phone_number), RFC 8693 4.2 (scope). */
export interface TokenContent {
  readonly issuer: string;
  readonly audience: string;
  readonly user: User;
  readonly scopes: readonly string[];
  readonly issuedAt: Date;
  /** Negative: it has expired already. */
  readonly lifetimeSeconds: number;
}

/** Signs a user's token. */
export async function signToken(key: SigningKey, content: TokenContent): Promise<string> {
  const { user, scopes, issuer, audience, issuedAt, lifetimeSeconds } = content;
  const issuedAtSeconds = Math.floor(issuedAt.getTime() / 1000);
  const claims = { scope: scopes.join(" "), email: user.email, phone_number: user.phoneNumber };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: key.algorithm, kid: key.kid, typ: "JWT" })
    .setIssuer(issuer)
    .setSubject(user.subject)
    .setAudience(audience)
    .setJti(randomUUID())
    .setIssuedAt(issuedAtSeconds)
    .setExpirationTime(issuedAtSeconds + lifetimeSeconds)
    .sign(key.privateKey);
}
