import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

/** An identity provider on loopback, and the keys with which the gateway signs for organisations. */
export interface BenchIdentity {
  /** The configuration's parts `identity` and `organisationTokens`. */
  readonly settings: object;
  /** An Authorization header of a user. */
  readonly authorizationOf: (user: string) => Promise<string>;
  readonly close: () => void;
}

/** Starts the provider; keys are written into the folder. */
export async function startIdentity(folder: string): Promise<BenchIdentity> {
  const users = await generateKeyPair("EdDSA", { crv: "Ed25519" });
  const jwk = { ...(await exportJWK(users.publicKey)), kid: "bench", alg: "EdDSA", use: "sig" };
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const own = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  const keyFile = join(folder, "organisation-key.json");
  const pairwiseSecretFile = join(folder, "pairwise");
  writeFileSync(keyFile, JSON.stringify({ ...(await exportJWK(own.privateKey)), kid: "gateway" }));
  writeFileSync(pairwiseSecretFile, "a secret that only this bench knows, long enough\n");
  return {
    settings: {
      identity: { issuers: [{ issuer, jwksUrl: `${issuer}/.well-known/jwks.json`, audience: "bench" }] },
      organisationTokens: { keyFile, pairwiseSecretFile },
    },
    authorizationOf: async (user) => {
      const jwt = new SignJWT({ scope: "products:browse reviews:browse" })
        .setProtectedHeader({ alg: "EdDSA", kid: "bench" })
        .setIssuer(issuer)
        .setAudience("bench")
        .setSubject(user)
        .setIssuedAt()
        .setExpirationTime("12h");
      return `Bearer ${await jwt.sign(users.privateKey)}`;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
