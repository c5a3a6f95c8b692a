import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { exportJWK, generateKeyPair } from "jose";

/** Writes a signing key and a pairwise secret; answers the `organisationTokens` part of a configuration. */
export async function writeTokenFiles(folder: string, lifetimeSeconds = 300) {
  const { privateKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  const keyFile = join(folder, "key.json");
  const pairwiseSecretFile = join(folder, "pairwise");
  writeFileSync(keyFile, JSON.stringify({ ...(await exportJWK(privateKey)), kid: "gateway-1" }));
  writeFileSync(pairwiseSecretFile, "a secret of the test's own, long enough\n");
  return { issuer: "etalase-gateway", keyFile, pairwiseSecretFile, lifetimeSeconds };
}
