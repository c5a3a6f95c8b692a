import { createLocalJWKSet, errors, type JSONWebKeySet, jwtVerify } from "jose";
import { operationalError } from "./operational-error.ts";

/** Who asks, as the gateway's token for this organisation says. */
export interface Caller {
  /** The subject's id in this organisation alone; null for somebody who is not signed in. */
  readonly subject: string | null;
  /** What the caller may do, as `commerce:buy`. */
  readonly scopes: ReadonlySet<string>;
  /** When the token ends; a stream ends with it. */
  readonly expiresAt: Date;
}

/** Checks organisation tokens. */
export interface OrganisationTokenVerifier {
  /** Reads the Authorization header. Rejects with UNAUTHENTICATED unless it carries a valid token for this organisation. */
  readonly verify: (authorization: string | undefined) => Promise<Caller>;
}

const bearer = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/;

/**
 * Verifies the gateway's tokens (EdDSA) against its public keys, for one audience and issuer, with 5 s of clock tolerance.
 * Keys are pinned by configuration: an organisation trusts no address to tell it whom to trust.
 */
export function createTokenVerifier(keys: JSONWebKeySet, audience: string, issuer: string): OrganisationTokenVerifier {
  const keySet = createLocalJWKSet(keys);
  async function verify(authorization: string | undefined): Promise<Caller> {
    const token = authorization === undefined ? undefined : bearer.exec(authorization)?.[1];
    if (token === undefined) throw operationalError("UNAUTHENTICATED", "the request carries no organisation token");
    try {
      const { payload } = await jwtVerify(token, keySet, {
        audience,
        issuer,
        algorithms: ["EdDSA"],
        clockTolerance: 5,
        requiredClaims: ["exp", "iat", "scope"],
      });
      const scope = typeof payload.scope === "string" ? payload.scope : "";
      return {
        subject: payload.sub ?? null,
        scopes: new Set(scope.split(" ").filter((part) => part !== "")),
        expiresAt: new Date((payload.exp ?? 0) * 1000),
      };
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
      throw operationalError("UNAUTHENTICATED", `the organisation token does not verify (${error.code})`, error);
    }
  }
  return { verify };
}

/**
 * The caller's subject, when signed in and allowed.
 * @throws UNAUTHENTICATED when nobody is signed in, FORBIDDEN without the scope.
 */
export function requireScope(caller: Caller, scope: string): string {
  if (caller.subject === null) throw operationalError("UNAUTHENTICATED", "sign in to do this");
  if (!caller.scopes.has(scope)) throw operationalError("FORBIDDEN", `this needs the scope ${scope}`);
  return caller.subject;
}
