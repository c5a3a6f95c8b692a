import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from "jose";
import { ConfigurationError, readConfiguredFile } from "../../platform/runtime/config.ts";

/** A key that signs users' tokens. */
export interface SigningKey {
  readonly kid: string;
  readonly algorithm: "EdDSA" | "RS256";
  readonly privateKey: KeyObject;
  readonly publicJwk: JWK;
}

/** Makes a signing key of a private key: Ed25519 signs EdDSA, RSA signs RS256; `kid` defaults to the RFC 7638 thumbprint. */
export async function signingKey(privateKey: KeyObject, kid?: string): Promise<SigningKey> {
  const algorithm = privateKey.asymmetricKeyType === "ed25519" ? "EdDSA" : "RS256";
  const jwk = await exportJWK(createPublicKey(privateKey));
  const name = kid ?? (await calculateJwkThumbprint(jwk));
  return { kid: name, algorithm, privateKey, publicJwk: { ...jwk, kid: name, alg: algorithm, use: "sig" } };
}

function parse(text: string, file: string): { privateKey: KeyObject; kid: string | undefined } {
  try {
    if (!text.trimStart().startsWith("{")) return { privateKey: createPrivateKey(text), kid: undefined };
    const jwk = JSON.parse(text) as JWK & { kty: string };
    return { privateKey: createPrivateKey({ key: { ...jwk }, format: "jwk" }), kid: jwk.kid };
  } catch {
    throw new ConfigurationError(`${file}: is neither a private key in PEM nor a private JWK`);
  }
}

/** Reads the signing key: Ed25519 or RSA, as JWK or PEM. @throws ConfigurationError */
export async function readSigningKey(file: string): Promise<SigningKey> {
  const { privateKey, kid } = parse(readConfiguredFile(file), file);
  const type = privateKey.asymmetricKeyType;
  if (type !== "ed25519" && type !== "rsa") throw new ConfigurationError(`${file}: must be an Ed25519 or an RSA key`);
  return signingKey(privateKey, kid);
}

/** Makes a new Ed25519 key: for a rotation, and for forgeries that no published key explains. */
export async function newSigningKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair("EdDSA", { extractable: true });
  const jwk = await exportJWK(privateKey);
  return signingKey(createPrivateKey({ key: { ...jwk }, format: "jwk" }));
}
