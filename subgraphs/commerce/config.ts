import type { JSONWebKeySet } from "jose";
import { z } from "zod";
import { portSetting, readEnvironment, readJsonFile } from "../../platform/runtime/config.ts";

/** What commerce's processes, API and worker, are told. */
export interface CommerceConfig {
  /** Port of the GraphQL API. */
  readonly port: number;
  /** Port on which providers call back. */
  readonly callbackPort: number;
  /** How providers reach that port from outside, without a slash at the end. */
  readonly callbackPublicUrl: string;
  /** Port of the worker's probes. */
  readonly workerPort: number;
  readonly databaseUrl: string;
  /** A direct connection for streams' wake-ups: `databaseUrl` unless that leads to a transaction-mode pooler. */
  readonly listenDatabaseUrl: string;
  /** Most connections to the database. */
  readonly databaseMaxConnections: number;
  /** The gateway's public keys, with which its tokens for this organisation are verified. */
  readonly gatewayKeys: JSONWebKeySet;
  readonly tokenIssuer: string;
  /** The storefront's public keys, with which its attribution tokens are verified. */
  readonly attributionKeys: JSONWebKeySet;
  /** File with the providers' addresses, keys and secrets. */
  readonly providersFile: string;
  /** File with the couriers' addresses, keys and secrets; null: there are none. */
  readonly couriersFile: string | null;
  /** How long a payment can be paid and its stock stays reserved. */
  readonly paymentTtlSeconds: number;
  /** How long after delivery an order completes by itself unless somebody objects. */
  readonly autoCompleteSeconds: number;
}

/** COMMERCE_AUTO_COMPLETE_SECONDS: three days unless set. */
export const autoCompleteSetting = z.coerce.number().int().min(1).max(5_184_000).default(259_200);

/** COMMERCE_COURIERS_FILE: without it there are no couriers. */
export const couriersFileSetting = z.string().min(1).optional();

const environmentShape = z.object({
  COMMERCE_PORT: portSetting.default(4002),
  COMMERCE_CALLBACK_PORT: portSetting.default(4003),
  COMMERCE_CALLBACK_PUBLIC_URL: z.url({ protocol: /^https?$/, error: "must be an http(s) URL" }).optional(),
  COMMERCE_WORKER_PORT: portSetting.default(4004),
  COMMERCE_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: "must be a postgresql:// URL" }),
  COMMERCE_LISTEN_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: "must be a postgresql:// URL" }).optional(),
  COMMERCE_DATABASE_MAX_CONNECTIONS: z.coerce.number().int().min(1).max(200).default(20),
  COMMERCE_GATEWAY_JWKS_FILE: z.string({ error: "must name the file with the gateway's public keys" }),
  COMMERCE_TOKEN_ISSUER: z.string().default("etalase-gateway"),
  COMMERCE_ATTRIBUTION_JWKS_FILE: z.string({ error: "must name the file with the storefront's public keys" }),
  COMMERCE_PROVIDERS_FILE: z.string({ error: "must name the file with the payment providers' settings" }),
  COMMERCE_COURIERS_FILE: couriersFileSetting,
  COMMERCE_PAYMENT_TTL_SECONDS: z.coerce.number().int().min(1).max(86_400).default(900),
  COMMERCE_AUTO_COMPLETE_SECONDS: autoCompleteSetting,
});

const keySetShape = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) });

/** Reads the settings and the key files they name. @throws ConfigurationError */
export function readCommerceConfig(environment: NodeJS.ProcessEnv): CommerceConfig {
  const settings = readEnvironment(environmentShape, environment);
  const publicUrl = settings.COMMERCE_CALLBACK_PUBLIC_URL ?? `http://localhost:${settings.COMMERCE_CALLBACK_PORT}`;
  return {
    port: settings.COMMERCE_PORT,
    callbackPort: settings.COMMERCE_CALLBACK_PORT,
    callbackPublicUrl: publicUrl.replace(/\/+$/, ""),
    workerPort: settings.COMMERCE_WORKER_PORT,
    databaseUrl: settings.COMMERCE_DATABASE_URL,
    listenDatabaseUrl: settings.COMMERCE_LISTEN_DATABASE_URL ?? settings.COMMERCE_DATABASE_URL,
    databaseMaxConnections: settings.COMMERCE_DATABASE_MAX_CONNECTIONS,
    gatewayKeys: readJsonFile(keySetShape, settings.COMMERCE_GATEWAY_JWKS_FILE),
    tokenIssuer: settings.COMMERCE_TOKEN_ISSUER,
    attributionKeys: readJsonFile(keySetShape, settings.COMMERCE_ATTRIBUTION_JWKS_FILE),
    providersFile: settings.COMMERCE_PROVIDERS_FILE,
    couriersFile: settings.COMMERCE_COURIERS_FILE ?? null,
    paymentTtlSeconds: settings.COMMERCE_PAYMENT_TTL_SECONDS,
    autoCompleteSeconds: settings.COMMERCE_AUTO_COMPLETE_SECONDS,
  };
}
