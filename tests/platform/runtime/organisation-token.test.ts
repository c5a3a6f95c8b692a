import { beforeAll, describe, expect, test } from "@jest/globals";
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import {
  createTokenVerifier,
  type OrganisationTokenVerifier,
  requireScope,
} from "../../../platform/runtime/organisation-token.ts";

let key: CryptoKey;
let verifier: OrganisationTokenVerifier;

interface Claims {
  readonly audience?: string;
  readonly issuer?: string;
  readonly expiresAt?: string;
  readonly signer?: CryptoKey;
}

async function tokenWith(claims: Claims): Promise<string> {
  const token = await new SignJWT({ scope: "commerce:browse commerce:buy" })
    .setProtectedHeader({ alg: "EdDSA", kid: "one" })
    .setSubject("subject-1")
    .setAudience(claims.audience ?? "commerce")
    .setIssuer(claims.issuer ?? "etalase-gateway")
    .setIssuedAt()
    .setExpirationTime(claims.expiresAt ?? "5m")
    .sign(claims.signer ?? key);
  return `Bearer ${token}`;
}

beforeAll(async () => {
  const pair = await generateKeyPair("EdDSA", { extractable: true });
  key = pair.privateKey;
  const publicKey = { ...(await exportJWK(pair.publicKey)), kid: "one", alg: "EdDSA" };
  verifier = createTokenVerifier({ keys: [publicKey] }, "commerce", "etalase-gateway");
});

describe("an organisation token", () => {
  test("signed by the gateway for this organisation, tells subject, scopes and when it ends", async () => {
    const caller = await verifier.verify(await tokenWith({}));
    expect(caller.subject).toBe("subject-1");
    expect([...caller.scopes]).toEqual(["commerce:browse", "commerce:buy"]);
    const lastsMs = caller.expiresAt.getTime() - Date.now();
    expect(lastsMs).toBeGreaterThan(0);
    expect(lastsMs).toBeLessThanOrEqual(300_000);
  });

  test("meant for another organisation, of another issuer, expired or signed by a stranger, is refused", async () => {
    const stranger = (await generateKeyPair("EdDSA")).privateKey;
    const bad = [{ audience: "storefront" }, { issuer: "somebody" }, { expiresAt: "-1m" }, { signer: stranger }];
    for (const claims of bad) {
      await expect(verifier.verify(await tokenWith(claims))).rejects.toMatchObject({
        extensions: { code: "UNAUTHENTICATED" },
      });
    }
  });

  test("without signature (alg none), missing or garbled, is refused", async () => {
    const unsigned = new UnsecuredJWT({ scope: "commerce:buy" })
      .setIssuer("etalase-gateway")
      .setAudience("commerce")
      .setIssuedAt()
      .setExpirationTime("5m")
      .encode();
    for (const header of [undefined, "", "Bearer", "Bearer a.b.c", `Bearer ${unsigned}`, `Bearer ${unsigned}x`]) {
      await expect(verifier.verify(header)).rejects.toMatchObject({ extensions: { code: "UNAUTHENTICATED" } });
    }
  });

  test("of somebody not signed in, asked for a scope, fails with UNAUTHENTICATED; without the scope, with FORBIDDEN", () => {
    const expiresAt = new Date();
    expect(() => requireScope({ subject: null, scopes: new Set(["commerce:buy"]), expiresAt }, "commerce:buy")).toThrow(
      expect.objectContaining({ extensions: expect.objectContaining({ code: "UNAUTHENTICATED" }) }),
    );
    expect(() =>
      requireScope({ subject: "a", scopes: new Set(["commerce:browse"]), expiresAt }, "commerce:buy"),
    ).toThrow(expect.objectContaining({ extensions: expect.objectContaining({ code: "FORBIDDEN" }) }));
  });
});
