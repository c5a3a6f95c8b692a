import { hkdfSync } from "node:crypto";
import { jwtVerify, SignJWT } from "jose";
import type { Clock } from "../../../../platform/values/instants.ts";
import type { SnapParty } from "./party.ts";

/** Access tokens that we give to a provider which calls us with symmetric signatures. */
export interface InboundTokens {
  readonly issue: () => Promise<string>;
  /** Whether a token is ours, for this provider, and not expired. */
  readonly isValid: (token: string) => Promise<boolean>;
}

/** How long an inbound access token lives, in seconds. Source: SNAP, service 73 (`expiresIn` "900"). */
export const inboundTokenLifetimeSeconds = 900;

const issuer = "commerce";

/**
 * Tokens are signed, not stored: any replica checks one that another issued, and a restart forgets none. The key is derived
 * from the secret shared with the provider, so a new secret ends the old tokens.
 */
export function createInboundTokens(party: SnapParty, clock: Clock): InboundTokens {
  const key = new Uint8Array(
    hkdfSync("sha256", party.inbound.clientSecret, "", `inbound access token of ${party.provider}`, 32),
  );
  return {
    issue: () => {
      const issuedAt = Math.floor(clock().getTime() / 1_000);
      return new SignJWT()
        .setProtectedHeader({ alg: "HS256" })
        .setIssuer(issuer)
        .setAudience(party.provider)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + inboundTokenLifetimeSeconds)
        .sign(key);
    },
    isValid: async (token) => {
      try {
        await jwtVerify(token, key, {
          algorithms: ["HS256"],
          issuer,
          audience: party.provider,
          currentDate: clock(),
          requiredClaims: ["exp"],
        });
        return true;
      } catch {
        // Whatever is wrong with it, the caller is told the same: 401xx01.
        return false;
      }
    },
  };
}
