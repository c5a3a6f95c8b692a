import type { JSONWebKeySet } from "jose";
import { z } from "zod";
import { portSetting, readEnvironment, readJsonFile } from "../../platform/runtime/config.ts";

const attributionKeyShape = z.object({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  kid: z.string().min(1),
  x: z.string().min(1),
  d: z.string().min(1),
});

/** A private Ed25519 key as a JWK with its id. Source: RFC 8037. */
export type AttributionKey = z.infer<typeof attributionKeyShape>;

/** Where events of commerce are taken, and by which keys. */
export interface EventSettings {
  readonly port: number;
  /** File with commerce's public keys; read again when it changes. */
  readonly keysFile: string;
}

/** What the storefront's process is told. */
export interface StorefrontConfig {
  readonly port: number;
  readonly databaseUrl: string;
  /** A direct connection for streams' wake-ups: `databaseUrl` unless that leads to a transaction-mode pooler. */
  readonly listenDatabaseUrl: string;
  /** Most connections to the database. */
  readonly databaseMaxConnections: number;
  /** The gateway's public keys, with which its tokens for this organisation are verified. */
  readonly gatewayKeys: JSONWebKeySet;
  readonly tokenIssuer: string;
  readonly attributionKey: AttributionKey;
  /** Null: no events are taken. */
  readonly events: EventSettings | null;
}

const environmentShape = z.object({
  STOREFRONT_PORT: portSetting.default(4001),
  STOREFRONT_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: "must be a postgresql:// URL" }),
  STOREFRONT_LISTEN_DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: "must be a postgresql:// URL" })
    .optional(),
  STOREFRONT_DATABASE_MAX_CONNECTIONS: z.coerce.number().int().min(1).max(200).default(10),
  STOREFRONT_GATEWAY_JWKS_FILE: z.string({ error: "must name the file with the gateway's public keys" }),
  STOREFRONT_TOKEN_ISSUER: z.string().default("etalase-gateway"),
  STOREFRONT_ATTRIBUTION_KEY_FILE: z.string({ error: "must name the file with the private Ed25519 key" }),
  STOREFRONT_EVENTS_PORT: portSetting.default(4005),
  STOREFRONT_EVENTS_JWKS_FILE: z.string().min(1).optional(),
});

const keySetShape = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) });

/** Reads the process's settings and the key files they name. @throws ConfigurationError */
export function readStorefrontConfig(environment: NodeJS.ProcessEnv): StorefrontConfig {
  const settings = readEnvironment(environmentShape, environment);
  const keysFile = settings.STOREFRONT_EVENTS_JWKS_FILE;
  return {
    port: settings.STOREFRONT_PORT,
    databaseUrl: settings.STOREFRONT_DATABASE_URL,
    listenDatabaseUrl: settings.STOREFRONT_LISTEN_DATABASE_URL ?? settings.STOREFRONT_DATABASE_URL,
    databaseMaxConnections: settings.STOREFRONT_DATABASE_MAX_CONNECTIONS,
    gatewayKeys: readJsonFile(keySetShape, settings.STOREFRONT_GATEWAY_JWKS_FILE),
    tokenIssuer: settings.STOREFRONT_TOKEN_ISSUER,
    attributionKey: readJsonFile(attributionKeyShape, settings.STOREFRONT_ATTRIBUTION_KEY_FILE),
    events: keysFile === undefined ? null : { port: settings.STOREFRONT_EVENTS_PORT, keysFile },
  };
}
