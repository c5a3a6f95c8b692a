import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createIdentity, IssuerUnavailableError, TokenRefusedError } from "../../../gateway/policy/identity.ts";
import { openShop, type Shop } from "../support/shop.ts";
import { startGateway, type TestGateway } from "../support/test-gateway.ts";
import { startIssuer, type TestIssuer } from "../support/test-issuer.ts";

let issuer: TestIssuer;

beforeAll(async () => {
  issuer = await startIssuer();
});
beforeEach(() => issuer.fail(false));
afterAll(() => issuer.close());

function identity(clock = () => new Date(), jwksCacheSeconds = 600) {
  const { issuer: name, jwksUrl } = issuer;
  return createIdentity(
    {
      issuers: [{ issuer: name, jwksUrl, audience: "etalase", algorithms: ["EdDSA", "RS256"] }],
      clockToleranceSeconds: 5,
      jwksCacheSeconds,
      jwksCooldownSeconds: 30,
      verifiedSeconds: 0,
      jwksTimeoutMs: 500,
    },
    clock,
  );
}

const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("who asks", () => {
  test("no Authorization header, is anonymous", async () => {
    expect(await identity().principalOf(undefined)).toEqual({ kind: "anonymous" });
  });

  test("a valid token, tells user, issuer and sorted scopes and nothing personal", async () => {
    const exp = Math.floor(Date.now() / 1000) + 100;
    const claims = { scope: "storefront:engage commerce:buy commerce:buy", email: "budi@example.com", exp };
    const principal = await identity().principalOf(`bearer ${await issuer.sign(claims)}`);
    expect(principal).toEqual({
      kind: "user",
      issuer: issuer.issuer,
      subject: "budi",
      scopes: ["commerce:buy", "storefront:engage"],
      expiresAt: exp,
    });
  });

  test("a hundred tokens, need the issuer's keys once", async () => {
    const one = identity();
    const before = issuer.fetches();
    for (let index = 0; index < 100; index += 1) {
      await one.principalOf(`Bearer ${await issuer.sign({ sub: `user-${index}` })}`);
    }
    expect(issuer.fetches() - before).toBe(1);
  });

  test("an unknown key id right after a fetch, does not make the gateway ask the issuer again", async () => {
    const one = identity();
    await one.principalOf(`Bearer ${await issuer.sign()}`);
    const before = issuer.fetches();
    const [, payload, signature] = (await issuer.sign()).split(".");
    const strange = `${base64({ alg: "EdDSA", kid: "another" })}.${payload}.${signature}`;
    for (let index = 0; index < 5; index += 1) {
      await expect(one.principalOf(`Bearer ${strange}`)).rejects.toBeInstanceOf(TokenRefusedError);
    }
    expect(issuer.fetches() - before).toBe(0);
  });
});

describe("tokens that are refused", () => {
  const now = Math.floor(Date.now() / 1000);
  const unsigned = () =>
    `${base64({ alg: "none" })}.${base64({ iss: issuer.issuer, aud: "etalase", sub: "b", exp: now + 60 })}.`;
  const cases: [string, () => Promise<string> | string, RegExp][] = [
    ["expired", () => issuer.sign({ exp: now - 60 }), /expired; sign in again/],
    ["for another audience", () => issuer.sign({ aud: "elsewhere" }), /claim aud/],
    ["of another issuer", () => issuer.sign({ iss: "https://evil.example" }), /issuer is not one/],
    ["without end", () => issuer.sign({ exp: undefined }), /claim exp/],
    ["without subject", () => issuer.sign({ sub: undefined }), /claim sub/],
    ["with an empty subject", () => issuer.sign({ sub: "" }), /claim sub/],
    ["not yet valid", () => issuer.sign({ nbf: now + 600 }), /claim nbf/],
    ["signed by a stranger with the known key's id", () => issuer.sign({}, "stranger"), /cannot be verified/],
    ["with alg none", unsigned, /cannot be verified/],
    [
      "signed symmetrically with the public key's text",
      async () => {
        const [, payload] = (await issuer.sign()).split(".");
        return `${base64({ alg: "HS256", kid: "key-1" })}.${payload}.c2ln`;
      },
      /cannot be verified/,
    ],
    [
      "changed after signing",
      async () =>
        (await issuer.sign()).replace(
          /\.[^.]+\./,
          `.${base64({ iss: issuer.issuer, aud: "etalase", sub: "admin", exp: now + 600 })}.`,
        ),
      /cannot be verified/,
    ],
    ["not a JWT", () => "abc.def.ghi", /not a JWT/],
  ];

  test.each(cases)("a token %s, is refused with a reason", async (_, token, reason) => {
    const refused = identity().principalOf(`Bearer ${await token()}`);
    await expect(refused).rejects.toThrow(reason);
    await expect(refused).rejects.toBeInstanceOf(TokenRefusedError);
  });

  test.each(["", "Basic YTpi", "Bearer", "Bearer a b"])(
    "the header %j, is refused and not anonymous",
    async (header) => {
      await expect(identity().principalOf(header)).rejects.toBeInstanceOf(TokenRefusedError);
    },
  );
});

describe("an issuer that is down", () => {
  test("an issuer that cannot give its keys, is unavailable and nobody becomes anonymous", async () => {
    issuer.fail(true);
    const token = await issuer.sign();
    await expect(identity().principalOf(`Bearer ${token}`)).rejects.toBeInstanceOf(IssuerUnavailableError);
  });

  test("an issuer that went down after its keys were fetched, is not missed while they are believed", async () => {
    const one = identity();
    await one.principalOf(`Bearer ${await issuer.sign()}`);
    issuer.fail(true);
    expect(await one.principalOf(`Bearer ${await issuer.sign()}`)).toMatchObject({ subject: "budi" });
  });
});

describe("identity at the endpoint", () => {
  let shop: Shop;
  let gateway: TestGateway;
  beforeAll(async () => {
    shop = await openShop();
    const issuers = [{ issuer: issuer.issuer, jwksUrl: issuer.jwksUrl, audience: "etalase" }];
    gateway = await startGateway([shop.content, shop.goods], { identity: { issuers } });
  });
  afterAll(async () => {
    await gateway.close();
    await shop.close();
  });

  test("an expired token, is answered 401 UNAUTHENTICATED and no subgraph is asked", async () => {
    const before = shop.content.received.length;
    const authorization = `Bearer ${await issuer.sign({ exp: 1_000_000 })}`;
    const { status, headers, body } = await gateway.query("{ motto }", { headers: { authorization } });
    expect(status).toBe(401);
    expect(headers.get("www-authenticate")).toBe("Bearer");
    expect(body.errors).toEqual([
      {
        message: "the token has expired; sign in again",
        extensions: { code: "UNAUTHENTICATED", retryable: false, correlationId: headers.get("x-correlation-id") },
      },
    ]);
    expect(shop.content.received.length).toBe(before);
  });

  test("an issuer that is down, is answered 503 IDENTITY_UNAVAILABLE", async () => {
    const cold = await startGateway([shop.content, shop.goods], {
      identity: { issuers: [{ issuer: issuer.issuer, jwksUrl: issuer.jwksUrl, audience: "etalase" }] },
    });
    issuer.fail(true);
    const { status, body } = await cold.query("{ motto }", {
      headers: { authorization: `Bearer ${await issuer.sign()}` },
    });
    expect(status).toBe(503);
    expect(body.errors).toMatchObject([{ extensions: { code: "IDENTITY_UNAVAILABLE", retryable: true } }]);
    expect((await cold.query("{ motto }")).body.data).toEqual({ motto: "lihat, suka, beli" });
    await cold.close();
  });

  test("a valid token without organisation tokens, is used at the door and not sent on", async () => {
    const token = await issuer.sign();
    const { body } = await gateway.query("{ motto }", { headers: { authorization: `Bearer ${token}`, cookie: "a=b" } });
    expect(body.data).toEqual({ motto: "lihat, suka, beli" });
    const { headers } = shop.content.received.at(-1) ?? {};
    expect(Object.keys(headers ?? {}).sort()).toEqual(
      ["accept", "connection", "content-length", "content-type", "host", "x-correlation-id"].sort(),
    );
  });
});
