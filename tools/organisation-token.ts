import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from "jose";

// For somebody who runs one subgraph without the gateway: stands in for the gateway's signature.
// Usage: node dist/tools/organisation-token.js <organisation> <folder> [<scope>...]
// Keeps an Ed25519 key in <folder>/key.json, its public half in <folder>/jwks.json, and prints a token for an hour.

const kid = "stand-in-gateway";
const subject = "somebody-at-their-desk";

async function openKey(folder: string): Promise<JWK> {
  const file = join(folder, "key.json");
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as JWK;
  const pair = await generateKeyPair("EdDSA", { extractable: true });
  const key = { ...(await exportJWK(pair.privateKey)), kid };
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const publicKey = { ...(await exportJWK(pair.publicKey)), kid, alg: "EdDSA", use: "sig" };
  writeFileSync(join(folder, "jwks.json"), JSON.stringify({ keys: [publicKey] }));
  writeFileSync(file, JSON.stringify(key), { mode: 0o600 });
  return key;
}

const [organisation, folder, ...scopes] = process.argv.slice(2);
if (organisation === undefined || folder === undefined) {
  process.stderr.write("Usage: node dist/tools/organisation-token.js <organisation> <folder> [<scope>...]\n");
  process.exitCode = 2;
} else {
  const token = await new SignJWT({ scope: [`${organisation}:browse`, ...scopes].join(" ") })
    .setProtectedHeader({ alg: "EdDSA", kid })
    .setIssuer("etalase-gateway")
    .setAudience(organisation)
    .setSubject(subject)
    .setIssuedAt()
    .setExpirationTime("1h")
    .sign(await importJWK(await openKey(folder), "EdDSA"));
  process.stdout.write(`${token}\n`);
}
