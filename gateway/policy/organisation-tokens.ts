import { createHmac } from "node:crypto";
import { calculateJwkThumbprint, importJWK, type JWK, SignJWT } from "jose";
import { z } from "zod";
import { ConfigurationError, readConfiguredFile, readJsonFile } from "../../platform/runtime/config.ts";
import type { Clock } from "../../platform/values/instants.ts";
import type { Principal } from "../request-context.ts";
import { BoundedCache } from "./bounded-cache.ts";

/** How tokens are made. */
export interface OrganisationTokenSettings {
  readonly issuer: string;
  /** File with an Ed25519 private JWK, or a JWK set whose first key signs and whose other keys are still published. */
  readonly keyFile: string;
  /** File with at least 32 characters of secret: with another one, every user becomes a stranger to every organisation. */
  readonly pairwiseSecretFile: string;
  readonly lifetimeSeconds: number;
}

/** Mints what the gateway shows to an organisation in place of the user's own token. */
export interface OrganisationTokens {
  /** A compact JWT for one organisation; the same one for the same caller until shortly before it ends. */
  readonly tokenFor: (organisation: string, principal: Principal) => string | Promise<string>;
  /** The public keys, as /.well-known/jwks.json publishes them. */
  readonly publicKeys: { readonly keys: readonly JWK[] };
}

/** Told of each token that is signed and of each that is used again. */
export interface TokenObserver {
  readonly minted: (organisation: string) => void;
  readonly reused: (organisation: string) => void;
}

const privateKey = z
  .looseObject({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), d: z.string(), x: z.string() })
  .catchall(z.unknown());
const keyFile = z.union([
  privateKey.transform((key) => [key]),
  z.looseObject({ keys: z.array(privateKey).min(1) }).transform(({ keys }) => keys),
]);

// A token in flight must not end before the subgraph reads it; both clocks may differ by some seconds too.
const marginSeconds = 30;
const maximumCached = 10_000;

interface Minted {
  readonly token: Promise<string>;
  readonly expiresAt: number;
}

/** A token at hand for one principal, and until when (in seconds since 1970) it may be sent. */
interface AtHand {
  readonly token: string;
  readonly until: number;
}

/** The id by which one organisation knows a user; another organisation's id of the same user cannot be matched with it. */
export function pairwiseSubject(secret: string, organisation: string, issuer: string, subject: string): string {
  return createHmac("sha256", secret).update(`${organisation}\0${issuer}\0${subject}`).digest("base64url");
}

/** What a caller may do in one organisation: browse, and whatever of the user's scopes names the organisation. Sorted. */
export function scopesFor(organisation: string, principal: Principal): readonly string[] {
  const prefix = `${organisation}:`;
  const own = principal.kind === "user" ? principal.scopes.filter((scope) => scope.startsWith(prefix)) : [];
  return [...new Set([`${prefix}browse`, ...own])].sort();
}

async function readKeys(path: string) {
  const keys = readJsonFile(keyFile, path) as JWK[];
  return Promise.all(
    keys.map(async (jwk) => {
      const publicJwk = { kty: jwk.kty, crv: jwk.crv, x: jwk.x };
      const kid = jwk.kid ?? (await calculateJwkThumbprint(publicJwk as JWK));
      return { jwk, kid, published: { ...publicJwk, kid, alg: "EdDSA", use: "sig" } as JWK };
    }),
  );
}

/** Reads a secret that ids of users are made with. @throws ConfigurationError when it is missing or short */
export function readSecret(path: string): string {
  const secret = readConfiguredFile(path).trim();
  if (secret.length < 32) throw new ConfigurationError(`${path}: holds fewer than 32 characters; make a longer secret`);
  return secret;
}

/**
 * Reads the signing key and the pairwise secret and answers a minter.
 * @throws ConfigurationError when a file is missing or is not what it should be
 */
export async function createOrganisationTokens(
  settings: OrganisationTokenSettings,
  clock: Clock,
  observer: TokenObserver,
): Promise<OrganisationTokens> {
  const keys = await readKeys(settings.keyFile);
  const [signing] = keys;
  if (signing === undefined) throw new ConfigurationError(`${settings.keyFile}: holds no key`);
  const secret = readSecret(settings.pairwiseSecretFile);
  const key = await importJWK(signing.jwk, "EdDSA");
  const cache = new BoundedCache<string, Minted>(maximumCached);
  // A principal is the same object for as long as its token is believed, so this goes before any key is made.
  const atHand = new WeakMap<Principal, Map<string, AtHand>>();

  function sign(organisation: string, subject: string | undefined, scopes: string, now: number, expiresAt: number) {
    const jwt = new SignJWT({ scope: scopes })
      .setProtectedHeader({ alg: "EdDSA", kid: signing?.kid, typ: "JWT" })
      .setIssuer(settings.issuer)
      .setAudience(organisation)
      .setIssuedAt(now)
      .setExpirationTime(expiresAt);
    return (subject === undefined ? jwt : jwt.setSubject(subject)).sign(key);
  }

  function keepAtHand(principal: Principal, organisation: string, one: AtHand): string {
    const own = atHand.get(principal) ?? new Map<string, AtHand>();
    atHand.set(principal, own.set(organisation, one));
    return one.token;
  }

  function tokenFor(organisation: string, principal: Principal): string | Promise<string> {
    const now = Math.floor(clock().getTime() / 1000);
    const ready = atHand.get(principal)?.get(organisation);
    if (ready !== undefined && now < ready.until) {
      observer.reused(organisation);
      return ready.token;
    }
    const { token, expiresAt } = mintOrReuse(organisation, principal, now);
    const until = expiresAt - marginSeconds;
    return token.then((signed) => keepAtHand(principal, organisation, { token: signed, until }));
  }

  function mintOrReuse(organisation: string, principal: Principal, now: number): Minted {
    const limit = principal.kind === "user" ? principal.expiresAt : Number.POSITIVE_INFINITY;
    const subject =
      principal.kind === "user"
        ? pairwiseSubject(secret, organisation, principal.issuer, principal.subject)
        : undefined;
    const scopes = scopesFor(organisation, principal).join(" ");
    const cacheKey = `${organisation}\0${subject ?? ""}\0${scopes}`;
    const cached = cache.get(cacheKey);
    // A cached token may outlive this very token of the user's, and then is not for it; one that ends with it cannot be bettered.
    if (cached !== undefined && cached.expiresAt <= limit) {
      if (cached.expiresAt - now > marginSeconds || (cached.expiresAt === limit && limit > now)) {
        observer.reused(organisation);
        return cached;
      }
    }
    const expiresAt = Math.min(now + settings.lifetimeSeconds, limit);
    const token = sign(organisation, subject, scopes, now, expiresAt);
    observer.minted(organisation);
    const minted = { token, expiresAt };
    cache.set(cacheKey, minted);
    return minted;
  }

  return { tokenFor, publicKeys: { keys: keys.map(({ published }) => published) } };
}
