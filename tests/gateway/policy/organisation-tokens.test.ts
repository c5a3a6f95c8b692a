import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from "jose";
import { createOrganisationTokens, type OrganisationTokens } from "../../../gateway/policy/organisation-tokens.ts";
import type { User } from "../../../gateway/request-context.ts";
import { createTokenVerifier } from "../../../platform/runtime/organisation-token.ts";
import { openShop, type Shop } from "../support/shop.ts";
import { startGateway, type TestGateway, temporaryFolder } from "../support/test-gateway.ts";
import { startIssuer, type TestIssuer } from "../support/test-issuer.ts";
import { writeTokenFiles } from "../support/token-files.ts";

const folder = temporaryFolder();
afterAll(folder.remove);

const noon = 1_800_000_000;
let now: number;
let minted: string[];
let reused: string[];
let tokens: OrganisationTokens;

const user = (changes: Partial<User> = {}): User => ({
  kind: "user",
  issuer: "https://id.example",
  subject: "budi",
  scopes: ["commerce:buy", "storefront:engage"],
  expiresAt: noon + 3_600,
  ...changes,
});

beforeEach(async () => {
  now = noon;
  minted = [];
  reused = [];
  tokens = await createOrganisationTokens(await writeTokenFiles(folder.path), () => new Date(now * 1000), {
    minted: (organisation) => minted.push(organisation),
    reused: (organisation) => reused.push(organisation),
  });
});

describe("what a token says", () => {
  test("a user's token for commerce, has commerce's audience, subject and scopes alone", async () => {
    const token = await tokens.tokenFor("commerce", user());
    expect(decodeProtectedHeader(token)).toEqual({ alg: "EdDSA", kid: "gateway-1", typ: "JWT" });
    expect(decodeJwt(token)).toEqual({
      iss: "etalase-gateway",
      aud: "commerce",
      sub: expect.stringMatching(/^[\w-]{43}$/),
      scope: "commerce:browse commerce:buy",
      iat: noon,
      exp: noon + 300,
    });
  });

  test("an anonymous caller's token, has no subject and may browse", async () => {
    const token = await tokens.tokenFor("storefront", { kind: "anonymous" });
    const payload = decodeJwt(token);
    expect([payload.sub, payload.scope]).toEqual([undefined, "storefront:browse"]);
  });

  test("one user in two organisations, has two subjects that are always the same", async () => {
    const subject = async (organisation: string, who = user()) =>
      decodeJwt(await tokens.tokenFor(organisation, who)).sub;
    const [commerce, storefront] = [await subject("commerce"), await subject("storefront")];
    expect(commerce).not.toBe(storefront);
    expect(await subject("commerce")).toBe(commerce);
    expect(await subject("commerce", user({ subject: "sari" }))).not.toBe(commerce);
    expect(await subject("commerce", user({ issuer: "https://other.example" }))).not.toBe(commerce);
  });

  test("a token, verifies with the published key, which has no private part", async () => {
    const { keys } = tokens.publicKeys;
    expect(keys).toEqual([
      { kty: "OKP", crv: "Ed25519", x: expect.any(String), kid: "gateway-1", alg: "EdDSA", use: "sig" },
    ]);
    const token = await tokens.tokenFor("commerce", user());
    const keySet = createLocalJWKSet({ keys: [...keys] });
    await jwtVerify(token, keySet, { currentDate: new Date(noon * 1000), audience: "commerce" });
  });

  test("a token, never outlives the user's own", async () => {
    expect(decodeJwt(await tokens.tokenFor("commerce", user({ expiresAt: noon + 40 }))).exp).toBe(noon + 40);
  });
});

describe("how often tokens are signed", () => {
  test("a thousand requests of one user, sign once for each organisation", async () => {
    const made = new Set<string>();
    for (let index = 0; index < 500; index += 1) {
      made.add(await tokens.tokenFor("commerce", user()));
      made.add(await tokens.tokenFor("storefront", user()));
    }
    expect([made.size, minted, reused.length]).toEqual([2, ["commerce", "storefront"], 998]);
  });

  test("another user, other scopes, another organisation, never share", async () => {
    const callers = [user(), user({ subject: "sari" }), user({ scopes: [] })];
    const made = await Promise.all(callers.map((caller) => tokens.tokenFor("commerce", caller)));
    expect(new Set([...made, await tokens.tokenFor("commerce", { kind: "anonymous" })]).size).toBe(4);
  });

  test("a token that soon ends, is replaced 30 s before", async () => {
    const first = await tokens.tokenFor("commerce", user());
    now = noon + 269;
    expect(await tokens.tokenFor("commerce", user())).toBe(first);
    now = noon + 270;
    const second = await tokens.tokenFor("commerce", user());
    expect(decodeJwt(second).exp).toBe(now + 300);
  });

  test("a cached token that outlives the present token of the same user, is not used for it", async () => {
    await tokens.tokenFor("commerce", user());
    const short = await tokens.tokenFor("commerce", user({ expiresAt: noon + 60 }));
    expect(decodeJwt(short).exp).toBe(noon + 60);
  });

  test("a user's token in its last seconds, still signs once", async () => {
    const last = user({ expiresAt: noon + 10 });
    await tokens.tokenFor("commerce", last);
    await tokens.tokenFor("commerce", last);
    expect(minted).toEqual(["commerce"]);
  });
});

describe("files that cannot be used", () => {
  const observer = { minted: () => undefined, reused: () => undefined };
  const make = async (changes: object) =>
    createOrganisationTokens({ ...(await writeTokenFiles(folder.path)), ...changes }, () => new Date(), observer);

  test("a short pairwise secret, is refused in one sentence", async () => {
    const pairwiseSecretFile = join(folder.path, "short");
    writeFileSync(pairwiseSecretFile, "secret");
    await expect(make({ pairwiseSecretFile })).rejects.toThrow(/fewer than 32 characters/);
  });

  test("a key that is not an Ed25519 private key, is refused", async () => {
    const keyFile = join(folder.path, "public.json");
    writeFileSync(keyFile, JSON.stringify({ kty: "OKP", crv: "Ed25519", x: "abc" }));
    await expect(make({ keyFile })).rejects.toThrow(/public\.json/);
  });

  test("a key file that is missing, is named", async () => {
    await expect(make({ keyFile: join(folder.path, "nowhere.json") })).rejects.toThrow(/nowhere\.json: cannot be read/);
  });
});

describe("on the wire", () => {
  let shop: Shop;
  let issuer: TestIssuer;
  let gateway: TestGateway;
  beforeAll(async () => {
    shop = await openShop();
    issuer = await startIssuer();
    gateway = await startGateway([shop.content, shop.goods], {
      identity: { issuers: [{ issuer: issuer.issuer, jwksUrl: issuer.jwksUrl, audience: "etalase" }] },
      organisationTokens: await writeTokenFiles(folder.path),
      subgraphs: { goods: { organisation: "commerce" } },
    });
  });
  afterAll(async () => {
    await gateway.close();
    await Promise.all([shop.close(), issuer.close()]);
  });

  test("a user's request, carries neither token, cookie, e-mail nor phone to any subgraph", async () => {
    const token = await issuer.sign({
      scope: "commerce:buy",
      email: "budi@example.com",
      phone_number: "+628123456789",
    });
    const headers = { authorization: `Bearer ${token}`, cookie: "session=geheim", "x-user-id": "budi", "x-trace": "1" };
    const { body } = await gateway.query("{ videos { product { name } } }", { headers });
    expect(body.errors).toBeUndefined();
    const requests = [shop.content.received.at(-1), shop.goods.received.at(-1)];
    const wire =
      JSON.stringify(requests) +
      requests
        .map((one) => Buffer.from(one?.headers.authorization?.split(".")[1] ?? "", "base64url").toString())
        .join();
    for (const secret of [
      "budi",
      "+628123456789",
      token,
      token.split(".")[2] ?? "",
      "geheim",
      "x-user-id",
      "x-trace",
    ]) {
      expect(wire).not.toContain(secret);
    }
    for (const request of requests) {
      expect(Object.keys(request?.headers ?? {}).sort()).toEqual([
        "accept",
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "host",
        "x-correlation-id",
      ]);
    }
  });

  test("each organisation, can verify its own token with the published keys and no other's", async () => {
    const keys = await (await fetch(new URL("/.well-known/jwks.json", gateway.url))).json();
    await gateway.query("{ videos { product { name } } }", {
      headers: { authorization: `Bearer ${await issuer.sign()}` },
    });
    const verifier = (audience: string) => createTokenVerifier(keys as JSONWebKeySet, audience, "etalase-gateway");
    const content = await verifier("content").verify(shop.content.received.at(-1)?.headers.authorization);
    const goods = await verifier("commerce").verify(shop.goods.received.at(-1)?.headers.authorization);
    expect(content.subject).not.toBe(goods.subject);
    expect([...goods.scopes]).toEqual(["commerce:browse"]);
    await expect(verifier("commerce").verify(shop.content.received.at(-1)?.headers.authorization)).rejects.toThrow();
  });

  test("fifty anonymous requests, sign one token for each organisation", async () => {
    const name = "gateway_organisation_tokens_total";
    const count = async (source: string) => gateway.metric(name, { source, organisation: "content" });
    await gateway.query("{ motto }");
    const [mintedBefore, reusedBefore] = [await count("minted"), await count("reused")];
    for (let index = 0; index < 50; index += 1) await gateway.query("{ motto }");
    expect([(await count("minted")) - mintedBefore, (await count("reused")) - reusedBefore]).toEqual([0, 50]);
  });
});
