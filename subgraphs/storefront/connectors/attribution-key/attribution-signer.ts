import { importJWK, type JSONWebKeySet, SignJWT } from "jose";
import type { AttributionKey } from "../../config.ts";
import type { AttributionSigner } from "../../domain/ports.ts";

const issuer = "storefront";
const audience = "commerce";
const mediaType = "etalase-attribution+jwt";

/**
 * Signs attribution statements as compact JWS (EdDSA). Claims: iss, aud, iat, exp, and cid (content id), ctp ("video" or
 * "live"), crt (creator id), prd (product id). Source: RFC 7519, RFC 8037.
 */
export async function createAttributionSigner(key: AttributionKey): Promise<AttributionSigner> {
  const privateKey = await importJWK(key, "EdDSA");
  return {
    sign: (statement) =>
      new SignJWT({
        cid: statement.contentId,
        ctp: statement.contentKind,
        crt: statement.creatorId,
        prd: statement.productId,
      })
        .setProtectedHeader({ alg: "EdDSA", kid: key.kid, typ: mediaType })
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(statement.issuedAt)
        .setExpirationTime(statement.expiresAt)
        .sign(privateKey),
  };
}

/** The public half, as the key set that verifiers fetch or are given. Source: RFC 7517. */
export function publicKeysOf(key: AttributionKey): JSONWebKeySet {
  const { kty, crv, kid, x } = key;
  return { keys: [{ kty, crv, kid, x, alg: "EdDSA", use: "sig" }] };
}
