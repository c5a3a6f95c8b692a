import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";

/** An identity provider of the test's own, with real keys. */
export interface TestIssuer {
  readonly issuer: string;
  readonly jwksUrl: string;
  /** How often its keys were fetched. */
  fetches(): number;
  /** Signs a token for `budi`, valid for ten minutes, unless `claims` says otherwise (undefined takes a claim out). */
  sign(claims?: JWTPayload & { scope?: string }, key?: "known" | "stranger"): Promise<string>;
  /** Answers requests for keys with 500 from now on, or with keys again. */
  fail(isFailing: boolean): void;
  close(): Promise<void>;
}

async function keyPair(kid: string): Promise<{ privateKey: CryptoKey; jwk: JWK }> {
  const { privateKey, publicKey } = await generateKeyPair("EdDSA", { crv: "Ed25519" });
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: "EdDSA", use: "sig" } };
}

/** Starts it on a free port. */
export async function startIssuer(): Promise<TestIssuer> {
  const known = await keyPair("key-1");
  const stranger = await keyPair("key-1");
  let fetches = 0;
  let isFailing = false;
  const server = createServer((_, response) => {
    fetches += 1;
    if (isFailing) return response.writeHead(500).end();
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ keys: [known.jwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    jwksUrl: `${issuer}/.well-known/jwks.json`,
    fetches: () => fetches,
    sign: (claims = {}, key = "known") => {
      const now = Math.floor(Date.now() / 1000);
      const payload = { iss: issuer, aud: "etalase", sub: "budi", iat: now, exp: now + 600, ...claims };
      const given = Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== undefined));
      const pair = key === "known" ? known : stranger;
      return new SignJWT(given).setProtectedHeader({ alg: "EdDSA", kid: "key-1" }).sign(pair.privateKey);
    },
    fail: (value) => {
      isFailing = value;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
