import { beforeAll, describe, expect, test } from "@jest/globals";
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from "jose";
import { createAttributionTokens } from "../../../../../subgraphs/commerce/connectors/attribution/attribution-tokens.ts";
import type { AttributionTokens } from "../../../../../subgraphs/commerce/domain/ports.ts";

const now = new Date("2026-11-24T03:00:00.000Z");
const issuedAt = now.getTime() / 1000 - 60;
const [video, creator, product] = [
  "0195e0a0-0000-7000-8000-000000000001",
  "0195e0a0-0000-7000-8000-000000000002",
  "0195e0a0-0000-7000-8000-000000000003",
] as const;
const click = { cid: video, ctp: "video", crt: creator, prd: product };

let storefront: CryptoKey;
let stranger: CryptoKey;
let tokens: AttributionTokens;

beforeAll(async () => {
  const pair = await generateKeyPair("EdDSA", { crv: "Ed25519" });
  storefront = pair.privateKey;
  stranger = (await generateKeyPair("EdDSA", { crv: "Ed25519" })).privateKey;
  const keys = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: "storefront-1" }] };
  tokens = createAttributionTokens(keys, () => now);
});

interface Changes {
  readonly claims?: Record<string, unknown>;
  readonly header?: Record<string, string>;
  readonly issuer?: string;
  readonly audience?: string;
  readonly issuedAt?: number;
  readonly expiresAt?: number;
  readonly key?: CryptoKey;
}

function sign(changes: Changes = {}): Promise<string> {
  return new SignJWT({ ...click, ...changes.claims })
    .setProtectedHeader({ alg: "EdDSA", kid: "storefront-1", typ: "etalase-attribution+jwt", ...changes.header })
    .setIssuer(changes.issuer ?? "storefront")
    .setAudience(changes.audience ?? "commerce")
    .setIssuedAt(changes.issuedAt ?? issuedAt)
    .setExpirationTime(changes.expiresAt ?? issuedAt + 7 * 86_400)
    .sign(changes.key ?? storefront);
}

test("a token of the storefront is read as the click it says", async () => {
  expect(await tokens.verify(await sign())).toEqual({
    creatorId: creator,
    videoId: video,
    liveSessionId: null,
    productId: product,
    clickedAt: new Date(issuedAt * 1000),
  });
  expect(await tokens.verify(await sign({ claims: { ctp: "live" } }))).toMatchObject({
    videoId: null,
    liveSessionId: video,
  });
});

describe("a token that attributes nothing", () => {
  const cases: [string, Changes][] = [
    ["of another type", { header: { typ: "JWT" } }],
    ["of an unknown key id", { header: { kid: "storefront-9" } }],
    ["from another issuer", { issuer: "somebody" }],
    ["for another audience", { audience: "storefront" }],
    ["that expired six seconds ago", { expiresAt: now.getTime() / 1000 - 6 }],
    ["without a product", { claims: { prd: undefined } }],
    ["with an unknown kind of content", { claims: { ctp: "banner" } }],
    ["with an id that is no UUID", { claims: { crt: "creator-1" } }],
    ["with a NUL in an id", { claims: { cid: `${video}\0` } }],
    ["issued in the year 3170843", { issuedAt: 1e14, expiresAt: 2e14 }],
    ["issued six seconds from now", { issuedAt: now.getTime() / 1000 + 6 }],
    ["issued before 1970", { issuedAt: -1e14 }],
    ["issued in a fraction of a second", { issuedAt: issuedAt + 0.5 }],
    ["longer than 2,048 characters", { claims: { note: "x".repeat(2_000) } }],
  ];
  for (const [what, changes] of cases) {
    test(`is one ${what}`, async () => {
      expect(await tokens.verify(await sign(changes))).toBeNull();
    });
  }

  test("is one signed by a stranger, unsigned, cut off or empty", async () => {
    const [header = "", payload = ""] = (await sign()).split(".");
    const unsigned = Buffer.from('{"alg":"none","typ":"etalase-attribution+jwt"}').toString("base64url");
    for (const token of [await sign({ key: stranger }), `${unsigned}.${payload}.`, `${header}.${payload}`, ""]) {
      expect(await tokens.verify(token)).toBeNull();
    }
  });
});
