import { createRemoteJWKSet, decodeJwt, errors, jwtVerify } from "jose";
import type { Clock } from "../../platform/values/instants.ts";
import { anonymous, type Principal, type User } from "../request-context.ts";
import { BoundedCache } from "./bounded-cache.ts";

/** One identity provider that the gateway believes. */
export interface Issuer {
  /** As in the token's `iss`, to the letter. */
  readonly issuer: string;
  readonly jwksUrl: string;
  readonly audience: string;
  /** Asymmetric algorithms that a token may be signed with. */
  readonly algorithms: readonly string[];
}

/** How users' tokens are checked. */
export interface IdentitySettings {
  readonly issuers: readonly Issuer[];
  readonly clockToleranceSeconds: number;
  /** How long fetched keys are believed without asking again. */
  readonly jwksCacheSeconds: number;
  /** How long after a fetch an unknown key id does not cause another: so nobody can make the gateway pester the issuer. */
  readonly jwksCooldownSeconds: number;
  /** How long the issuer may take to answer. */
  readonly jwksTimeoutMs: number;
  /** How long a token that was verified is believed without verifying it again; never longer than it lives. */
  readonly verifiedSeconds: number;
}

/** The token cannot be believed, ever. `reason` is safe to show. */
export class TokenRefusedError extends Error {
  override readonly name = "TokenRefusedError";
}

/** The issuer's keys cannot be had now, so nothing can be said of the token; the same request may succeed later. */
export class IssuerUnavailableError extends Error {
  override readonly name = "IssuerUnavailableError";
}

/** Tells who asks. */
export interface Identity {
  /**
   * Reads an Authorization header; without one the caller is anonymous.
   * Rejects with TokenRefusedError or IssuerUnavailableError: a token that cannot be checked never makes an anonymous caller.
   */
  readonly principalOf: (authorization: string | undefined) => Promise<Principal>;
}

const rememberedTokens = 20_000;

interface Verified {
  readonly principal: User;
  /** In milliseconds since 1970. */
  readonly until: number;
}

const bearer = /^Bearer +([\w-]+\.[\w-]+\.[\w-]*)$/i;

function refusedReason(error: errors.JOSEError): string {
  switch (error.code) {
    case "ERR_JWT_EXPIRED":
      return "the token has expired; sign in again";
    case "ERR_JWT_CLAIM_VALIDATION_FAILED":
      return `the token's claim ${(error as errors.JWTClaimValidationFailed).claim} is not acceptable here`;
    default:
      return "the token cannot be verified";
  }
}

function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch (cause) {
    throw new TokenRefusedError("the token is not a JWT", { cause });
  }
}

function scopesOf(claim: unknown): readonly string[] {
  const scopes = typeof claim === "string" ? claim.split(" ").filter((scope) => scope !== "") : [];
  return [...new Set(scopes)].sort();
}

/** Errors that tell something about the token; everything else tells about the way to the issuer. */
function isAboutToken(error: unknown): error is errors.JOSEError {
  return (
    error instanceof errors.JWTExpired ||
    error instanceof errors.JWTClaimValidationFailed ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  );
}

/** Verifies users' tokens with their issuers' published keys, fetched when first needed and kept. */
export function createIdentity(settings: IdentitySettings, clock: Clock): Identity {
  const issuers = new Map(
    settings.issuers.map((issuer) => {
      const keys = createRemoteJWKSet(new URL(issuer.jwksUrl), {
        cacheMaxAge: settings.jwksCacheSeconds * 1000,
        cooldownDuration: settings.jwksCooldownSeconds * 1000,
        timeoutDuration: settings.jwksTimeoutMs,
      });
      return [issuer.issuer, { issuer, keys }];
    }),
  );

  const verified = new BoundedCache<string, Verified>(rememberedTokens);

  async function principalOf(authorization: string | undefined): Promise<Principal> {
    if (authorization === undefined) return anonymous;
    const nowMs = clock().getTime();
    const known = verified.get(authorization);
    if (known !== undefined && nowMs < known.until) return known.principal;
    const principal = await verify(authorization);
    const until = Math.min(nowMs + settings.verifiedSeconds * 1000, principal.expiresAt * 1000);
    verified.set(authorization, { principal, until });
    return principal;
  }

  async function verify(authorization: string): Promise<User> {
    const token = bearer.exec(authorization)?.[1];
    if (token === undefined) throw new TokenRefusedError("the Authorization header is not `Bearer <JWT>`");
    const known = issuers.get(issuerOf(token) ?? "");
    if (known === undefined) throw new TokenRefusedError("the token's issuer is not one this gateway believes");
    try {
      const { payload } = await jwtVerify(token, known.keys, {
        issuer: known.issuer.issuer,
        audience: known.issuer.audience,
        algorithms: [...known.issuer.algorithms],
        clockTolerance: settings.clockToleranceSeconds,
        requiredClaims: ["exp", "sub"],
        currentDate: clock(),
      });
      const { iss = "", sub = "", exp = 0 } = payload;
      if (sub === "") throw new TokenRefusedError("the token's claim sub is empty");
      return { kind: "user", issuer: iss, subject: sub, scopes: scopesOf(payload.scope), expiresAt: exp };
    } catch (cause) {
      if (cause instanceof TokenRefusedError) throw cause;
      if (isAboutToken(cause)) throw new TokenRefusedError(refusedReason(cause), { cause });
      throw new IssuerUnavailableError(`the keys of ${known.issuer.issuer} cannot be fetched`, { cause });
    }
  }
  return { principalOf };
}
