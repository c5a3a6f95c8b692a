import { createPublicKey, generateKeyPair, randomBytes, randomInt } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { calculateJwkThumbprint, exportJWK, generateKeyPair as generateJoseKeyPair } from "jose";
import type { RolePasswords } from "./databases.ts";
import { LaunchError } from "./launch-error.ts";
import { type PerOrganisation, perOrganisation } from "./organisations.ts";
import { writePrivateFile } from "./private-files.ts";

/** A private Ed25519 key as a JWK with its id. Source: RFC 8037; the id is the thumbprint of RFC 7638. */
export interface SigningJwk {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly kid: string;
  readonly x: string;
  readonly d: string;
}

/** What a caller presents: a public name and a secret. */
export interface ClientCredentials {
  readonly clientKey: string;
  readonly clientSecret: string;
}

/** What merchant and payment provider agreed: an RSA pair each, and credentials for each direction. */
export interface ProviderKeys {
  readonly merchantPrivateKeyPem: string;
  readonly providerPrivateKeyPem: string;
  /** What the merchant presents to the provider. */
  readonly outbound: ClientCredentials;
  /** What the provider presents to the merchant. */
  readonly inbound: ClientCredentials;
}

/** What merchant and processor agreed: what each presents to the other. */
export interface ProcessorKeys {
  readonly secretKey: string;
  readonly webhookToken: string;
}

/** What merchant and courier Lintas Kurir agreed. */
export interface LintasKeys {
  readonly apiKey: string;
  /** Signs the courier's call-backs. */
  readonly callbackSecret: string;
}

/** What merchant and courier Rantau Ekspres agreed. */
export interface RantauKeys {
  readonly username: string;
  readonly password: string;
  /** Ed25519, the courier's own; signs its call-backs. */
  readonly privateKeyPem: string;
}

/** The payment providers of the sandbox that speak SNAP. */
export const providers = ["bank-cendana", "bank-meranti", "kantong", "lumbung"] as const;

/** One of them. */
export type Provider = (typeof providers)[number];

/** Every secret of a deployment, in the launcher's hand; each process is given its own part alone. */
export interface KeyMaterial {
  readonly superuserPassword: string;
  readonly rolePasswords: PerOrganisation<RolePasswords>;
  readonly organisationTokenKey: SigningJwk;
  readonly pairwiseSecret: string;
  readonly attributionKey: SigningJwk;
  /** Signs what commerce tells the storefront. */
  readonly eventKey: SigningJwk;
  readonly identityKey: SigningJwk;
  readonly providers: Readonly<Record<Provider, ProviderKeys>>;
  /** Of the payment processor, which has an API of its own. */
  readonly gerbang: ProcessorKeys;
  readonly lintasKurir: LintasKeys;
  readonly rantauEkspres: RantauKeys;
}

function secret(bytes = 32): string {
  return randomBytes(bytes).toString("base64url");
}

async function signingJwk(): Promise<SigningJwk> {
  const { privateKey } = await generateJoseKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  const { x, d } = await exportJWK(privateKey);
  if (x === undefined || d === undefined) throw new Error("the key that was made is not Ed25519");
  const kid = await calculateJwkThumbprint({ kty: "OKP", crv: "Ed25519", x });
  return { kty: "OKP", crv: "Ed25519", kid, x, d };
}

async function rsaPem(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

function credentials(): ClientCredentials {
  return { clientKey: `ETALASE${randomInt(1e8, 1e9)}`, clientSecret: secret() };
}

async function providerKeys(): Promise<ProviderKeys> {
  const [merchantPrivateKeyPem, providerPrivateKeyPem] = await Promise.all([rsaPem(), rsaPem()]);
  return { merchantPrivateKeyPem, providerPrivateKeyPem, outbound: credentials(), inbound: credentials() };
}

type Makers = {
  readonly [Name in keyof KeyMaterial]: (
    known: Partial<KeyMaterial[Name]> | undefined,
  ) => KeyMaterial[Name] | Promise<KeyMaterial[Name]>;
};

const makers: Makers = {
  superuserPassword: () => secret(),
  rolePasswords: () => perOrganisation(() => ({ migrator: secret(), runtime: secret() })),
  organisationTokenKey: signingJwk,
  pairwiseSecret: () => secret(48),
  attributionKey: signingJwk,
  eventKey: signingJwk,
  identityKey: signingJwk,
  // A provider that a later release brings gets keys; those of the others stay.
  providers: async (known) => {
    const made = providers.map(async (name) => [name, known?.[name] ?? (await providerKeys())] as const);
    return Object.fromEntries(await Promise.all(made)) as Record<Provider, ProviderKeys>;
  },
  gerbang: () => ({ secretKey: secret(), webhookToken: secret() }),
  lintasKurir: () => ({ apiKey: secret(), callbackSecret: secret() }),
  rantauEkspres: async () => {
    const { privateKey } = await promisify(generateKeyPair)("ed25519", undefined);
    const privateKeyPem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    return { username: `ETALASE${randomInt(1e8, 1e9)}`, password: secret(), privateKeyPem };
  },
};

function isComplete(name: keyof KeyMaterial, known: Partial<KeyMaterial>): boolean {
  if (name === "providers") return providers.every((provider) => known.providers?.[provider] !== undefined);
  return known[name] !== undefined;
}

/** Makes what is missing of a deployment's secrets, all at the same time: RSA keys take some 100 ms each. */
export async function completeKeyMaterial(known: Partial<KeyMaterial>): Promise<KeyMaterial> {
  const names = Object.keys(makers) as (keyof KeyMaterial)[];
  const entries = names.map(async (name) => {
    const make = makers[name] as (known: unknown) => unknown;
    return [name, isComplete(name, known) ? known[name] : await make(known[name])] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as unknown as KeyMaterial;
}

function read(file: string): Partial<KeyMaterial> {
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new LaunchError(`${file} cannot be read as JSON: restore it, or forget all data with \`npm run reset\`.`, {
      cause,
    });
  }
}

/** Reads the secrets of a deployment; what is missing is made and kept, readable by this user alone (0600). */
export async function loadKeyMaterial(file: string): Promise<KeyMaterial> {
  const known = read(file);
  const material = await completeKeyMaterial(known);
  const names = Object.keys(makers) as (keyof KeyMaterial)[];
  if (!names.every((name) => isComplete(name, known))) writePrivateFile(file, JSON.stringify(material, null, 2));
  return material;
}

/** The public half of an asymmetric key, both in PEM. */
export function publicPem(privateKeyPem: string): string {
  return createPublicKey(privateKeyPem).export({ type: "spki", format: "pem" }).toString();
}

/** The public half of a signing key, as the key set that its verifiers are given. Source: RFC 7517. */
export function publicKeySet({ kty, crv, kid, x }: SigningJwk): object {
  return { keys: [{ kty, crv, kid, x, alg: "EdDSA", use: "sig" }] };
}
