import { createLocalJWKSet, errors, type JSONWebKeySet, jwtVerify } from "jose";
import { z } from "zod";
import type { Attribution } from "../../domain/attribution.ts";
import type { AttributionTokens } from "../../domain/ports.ts";

const opaqueId = z.string().min(1).max(64);
const claims = z.object({
  iat: z.number(),
  cid: opaqueId,
  ctp: z.enum(["video", "live"]),
  crt: opaqueId,
  prd: opaqueId,
});

// A compact JWS of these claims stays well below; longer ones are refused before anything is computed.
const longestToken = 2_048;

/**
 * Verifies the storefront's attribution tokens: EdDSA by a pinned key, typ `etalase-attribution+jwt`, issued by storefront for
 * commerce, not expired (5 s of clock tolerance). Anything else attributes nothing: a click is never a reason to refuse a sale.
 */
export function createAttributionTokens(keys: JSONWebKeySet, clock: () => Date): AttributionTokens {
  const keySet = createLocalJWKSet(keys);
  async function verify(token: string): Promise<Attribution | null> {
    if (token.length > longestToken) return null;
    try {
      const { payload } = await jwtVerify(token, keySet, {
        algorithms: ["EdDSA"],
        typ: "etalase-attribution+jwt",
        issuer: "storefront",
        audience: "commerce",
        requiredClaims: ["iat", "exp"],
        clockTolerance: 5,
        currentDate: clock(),
      });
      const parsed = claims.safeParse(payload);
      if (!parsed.success) return null;
      const { iat, cid, ctp, crt, prd } = parsed.data;
      return {
        creatorId: crt,
        videoId: ctp === "video" ? cid : null,
        liveSessionId: ctp === "live" ? cid : null,
        productId: prd,
        clickedAt: new Date(iat * 1000),
      };
    } catch (error) {
      if (error instanceof errors.JOSEError) return null;
      throw error;
    }
  }
  return { verify };
}
