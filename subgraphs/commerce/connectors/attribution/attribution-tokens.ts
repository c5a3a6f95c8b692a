import { createLocalJWKSet, errors, type JSONWebKeySet, jwtVerify } from "jose";
import { z } from "zod";
import { isUuid } from "../../../../platform/values/ids.ts";
import type { Attribution } from "../../domain/attribution.ts";
import type { AttributionTokens } from "../../domain/ports.ts";

const opaqueId = z.string().refine(isUuid);
const claims = z.object({
  iat: z.number().int().nonnegative(),
  cid: opaqueId,
  ctp: z.enum(["video", "live"]),
  crt: opaqueId,
  prd: opaqueId,
});

// A compact JWS of these claims stays well below; longer ones are refused before anything is computed.
const longestToken = 2_048;

// How far the storefront's clock may be from ours.
const toleranceSeconds = 5;

/**
 * Verifies the storefront's attribution tokens: EdDSA by a pinned key, typ `etalase-attribution+jwt`, issued by storefront for
 * commerce, issued by now and not expired (5 s of clock tolerance), about ids that are UUIDs. Anything else attributes nothing: a click is never a reason to refuse a sale.
 */
export function createAttributionTokens(keys: JSONWebKeySet, clock: () => Date): AttributionTokens {
  const keySet = createLocalJWKSet(keys);
  async function verify(token: string): Promise<Attribution | null> {
    if (token.length > longestToken) return null;
    const now = clock();
    try {
      const { payload } = await jwtVerify(token, keySet, {
        algorithms: ["EdDSA"],
        typ: "etalase-attribution+jwt",
        issuer: "storefront",
        audience: "commerce",
        requiredClaims: ["iat", "exp"],
        clockTolerance: toleranceSeconds,
        currentDate: now,
      });
      const parsed = claims.safeParse(payload);
      if (!parsed.success) return null;
      const { iat, cid, ctp, crt, prd } = parsed.data;
      if (iat * 1000 > now.getTime() + toleranceSeconds * 1000) return null;
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
