import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from "jose";
import { createLogger } from "../../../platform/runtime/logger.ts";
import { createIdentityServer } from "../../../sandbox/identity/server.ts";
import { at } from "../support/test-merchant.ts";

const issuer = "http://localhost:4100";
let folder: string;
let base: string;
let app: Awaited<ReturnType<typeof createIdentityServer>>;
const logger = createLogger("test");
logger.level = "silent";

async function serve(keyFile: string) {
  const server = await createIdentityServer({ port: 4100, issuer, keyFile }, logger, () => new Date());
  await server.listen({ port: 0, host: "127.0.0.1" });
  return { server, url: `http://127.0.0.1:${(server.server.address() as AddressInfo).port}` };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "etalase-identity-"));
  const { privateKey } = generateKeyPairSync("ed25519");
  const keyFile = join(folder, "key.json");
  writeFileSync(keyFile, JSON.stringify({ ...privateKey.export({ format: "jwk" }), kid: "first" }));
  ({ server: app, url: base } = await serve(keyFile));
});
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

async function post(
  path: string,
  body: URLSearchParams | string,
  url = base,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url + path, { method: "POST", body });
  return { status: response.status, body: await response.json() };
}

const grant = (changes: Record<string, string> = {}) =>
  new URLSearchParams({ grant_type: "password", username: "demo-buyer", password: "etalase", ...changes });

async function claims(body: unknown, url = base): Promise<JWTPayload> {
  const keys = createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`));
  return (await jwtVerify(String(at(body, "access_token")), keys, { issuer, audience: "etalase" })).payload;
}

describe("metadata", () => {
  test("the configuration names issuer, token endpoint and keys; the keys are public", async () => {
    const configuration: unknown = await (await fetch(`${base}/.well-known/openid-configuration`)).json();
    expect(configuration).toMatchObject({
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      token_endpoint: `${issuer}/token`,
    });
    const keys: unknown = await (await fetch(`${base}/.well-known/jwks.json`)).json();
    expect(keys).toMatchObject({ keys: [{ kid: "first", kty: "OKP", crv: "Ed25519", alg: "EdDSA", use: "sig" }] });
    expect(JSON.stringify(keys)).not.toContain('"d"');
  });
});

describe("password grant", () => {
  test("a buyer signs in for 12 hours, with scopes and personal data, under a subject that hides the name", async () => {
    const { status, body } = await post("/token", grant());
    const scope = "storefront:engage storefront:publish commerce:buy";
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: "Bearer", expires_in: 43_200, scope });
    const payload = await claims(body);
    expect(payload).toMatchObject({ scope, email: "demo-buyer@pembeli.example" });
    expect(payload.phone_number).toMatch(/^\+62812\d{9}$/);
    expect(payload.sub).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(43_200);
  });

  test("an analyst signs in with the scope to see plans alone; any numbered buyer or creator is somebody else", async () => {
    const subjects = new Set<unknown>();
    for (const username of ["demo-analyst", "demo-buyer", "demo-creator", "buyer-1", "buyer-2", "creator-1"]) {
      const { body } = await post("/token", grant({ username }));
      subjects.add((await claims(body)).sub);
      expect(at(body, "scope") === "gateway:explain").toBe(username === "demo-analyst");
    }
    expect(subjects.size).toBe(6);
    const again = await claims((await post("/token", grant({ username: "buyer-1" }))).body);
    expect(subjects.has(again.sub)).toBe(true);
  });

  test("a narrower scope and a shorter life are given when asked for", async () => {
    const { body } = await post("/token", grant({ scope: "commerce:buy", expires_in: "60" }));
    expect(body).toMatchObject({ scope: "commerce:buy", expires_in: 60 });
    expect(await claims(body)).toMatchObject({ scope: "commerce:buy" });
  });

  test.each([
    [{ grant_type: "" }, "invalid_request"],
    [{ grant_type: "client_credentials" }, "unsupported_grant_type"],
    [{ username: "" }, "invalid_request"],
    [{ username: "nobody" }, "invalid_grant"],
    [{ username: "buyer-x" }, "invalid_grant"],
    [{ password: "wrong" }, "invalid_grant"],
    [{ scope: "commerce:admin" }, "invalid_scope"],
    [{ username: "demo-analyst", scope: "commerce:buy" }, "invalid_scope"],
    [{ expires_in: "-1" }, "invalid_request"],
    [{ expires_in: "43201" }, "invalid_request"],
    [{ expires_in: "soon" }, "invalid_request"],
  ])("a request with %p is refused as RFC 6749 says: %s", async (changes, error) => {
    const { status, body } = await post("/token", grant(changes));
    expect(status).toBe(400);
    expect(body).toMatchObject({ error, error_description: expect.any(String) });
  });

  test("a body that is not a form is an invalid request", async () => {
    expect((await post("/token", '{"grant_type":"password"}')).body).toMatchObject({ error: "invalid_request" });
  });
});

describe("control", () => {
  const mint = async (options: object) =>
    (await post("/control/token", JSON.stringify({ username: "demo-buyer", ...options }))).body;

  test("an expired, a misdirected and a strangely signed token are minted, and no verifier takes them", async () => {
    await expect(claims(await mint({ expiresIn: -60 }))).rejects.toThrow(errors.JWTExpired);
    await expect(claims(await mint({ audience: "other" }))).rejects.toThrow(errors.JWTClaimValidationFailed);
    await expect(claims(await mint({ issuer: "http://evil.example" }))).rejects.toThrow(
      errors.JWTClaimValidationFailed,
    );
    await expect(claims(await mint({ key: "unpublished" }))).rejects.toThrow(errors.JWKSNoMatchingKey);
    expect(await claims(await mint({ scope: "commerce:admin" }))).toMatchObject({ scope: "commerce:admin" });
  });

  test("a rotated key signs, and tokens of the one before stay good", async () => {
    const before = (await post("/token", grant())).body;
    expect((await post("/control/rotate-key", "")).status).toBe(201);
    const after = (await post("/token", grant())).body;
    expect((await claims(before)).sub).toBe((await claims(after)).sub);
    const keys: unknown = await (await fetch(`${base}/.well-known/jwks.json`)).json();
    expect(at(keys, "keys")).toHaveLength(2);
  });

  test("an unknown user is 404", async () => {
    expect((await post("/control/token", '{"username":"nobody"}')).status).toBe(404);
  });
});

test("an RSA key in PEM signs RS256; a file that is no key is one sentence", async () => {
  const keyFile = join(folder, "rsa.pem");
  writeFileSync(
    keyFile,
    generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" }),
  );
  const { server, url } = await serve(keyFile);
  const { body } = await post("/token", grant(), url);
  expect((await claims(body, url)).iss).toBe(issuer);
  const [header = ""] = String(at(body, "access_token")).split(".");
  expect(JSON.parse(Buffer.from(header, "base64url").toString())).toMatchObject({ alg: "RS256" });
  await server.close();
  writeFileSync(keyFile, "nothing");
  await expect(serve(keyFile)).rejects.toThrow(`${keyFile}: is neither a private key in PEM nor a private JWK`);
});
