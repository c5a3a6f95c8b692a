import { join } from "node:path";
import { deploymentFiles } from "./deployment-files.ts";
import {
  type DeploymentFile,
  type DeploymentSettings,
  issuerOf,
  local,
  secretPath,
  tokenIssuer,
} from "./deployment-settings.ts";
import type { PerOrganisation } from "./organisations.ts";
import type { ProcessSpec } from "./process-spec.ts";

/** The programs that are run for each organisation before its servers, in this order. */
export type DatabaseProgram = "migrate.js" | "seed/main.js";

/** The processes of a deployment and the files to write before they start. */
export interface Deployment {
  /** They wait for nobody: all may start together. */
  readonly processes: readonly ProcessSpec[];
  /** A database program, for each organisation. */
  readonly programs: (program: DatabaseProgram) => PerOrganisation<ProcessSpec>;
  readonly files: readonly DeploymentFile[];
  /** The gateway's preset of the explorer: written once a demo buyer has a token, read for each page. */
  readonly presetFile: string;
  /** Addresses for people. */
  readonly urls: {
    readonly graphql: string;
    readonly identity: string;
    readonly bankCendana: string;
    readonly kantong: string;
    readonly bankMeranti: string;
    readonly lumbung: string;
    readonly gerbang: string;
    readonly lintasKurir: string;
    readonly rantauEkspres: string;
    readonly callbacks: string;
  };
}

function specify(
  settings: DeploymentSettings,
  name: string,
  entry: string,
  healthPorts: readonly number[],
  own: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): ProcessSpec {
  return {
    name,
    entry: join(settings.root, "dist", entry),
    args,
    environment: {
      LOG_LEVEL: settings.logLevel,
      APOLLO_TELEMETRY_DISABLED: "1",
      ...own,
      ...settings.extraEnvironment?.[name],
    },
    healthUrls: healthPorts.map((port) => local(port, "/health/ready")),
  };
}

function storefrontEnvironment(settings: DeploymentSettings): Record<string, string> {
  return {
    STOREFRONT_PORT: String(settings.ports.storefront),
    STOREFRONT_DATABASE_URL: settings.databases.storefront.runtime,
    STOREFRONT_GATEWAY_JWKS_FILE: secretPath(settings, "storefront", "gateway-jwks.json"),
    STOREFRONT_TOKEN_ISSUER: tokenIssuer,
    STOREFRONT_ATTRIBUTION_KEY_FILE: secretPath(settings, "storefront", "attribution-key.json"),
    STOREFRONT_EVENTS_PORT: String(settings.ports.storefrontEvents),
    STOREFRONT_EVENTS_JWKS_FILE: secretPath(settings, "storefront", "event-jwks.json"),
  };
}

function commerceEnvironment(settings: DeploymentSettings): Record<string, string> {
  const { ports, paymentTtlSeconds } = settings;
  return {
    COMMERCE_PORT: String(ports.commerce),
    COMMERCE_CALLBACK_PORT: String(ports.commerceCallback),
    COMMERCE_CALLBACK_PUBLIC_URL: local(ports.commerceCallback),
    COMMERCE_WORKER_PORT: String(ports.commerceWorker),
    COMMERCE_DATABASE_URL: settings.databases.commerce.runtime,
    COMMERCE_GATEWAY_JWKS_FILE: secretPath(settings, "commerce", "gateway-jwks.json"),
    COMMERCE_TOKEN_ISSUER: tokenIssuer,
    COMMERCE_ATTRIBUTION_JWKS_FILE: secretPath(settings, "commerce", "attribution-jwks.json"),
    COMMERCE_PROVIDERS_FILE: secretPath(settings, "commerce", "providers.json"),
    COMMERCE_COURIERS_FILE: secretPath(settings, "commerce", "couriers.json"),
    COMMERCE_EVENTS_URL: local(ports.storefrontEvents, "/events/commerce"),
    COMMERCE_EVENTS_KEYS_FILE: secretPath(settings, "commerce", "event-keys.json"),
    ...(paymentTtlSeconds === undefined ? {} : { COMMERCE_PAYMENT_TTL_SECONDS: String(paymentTtlSeconds) }),
  };
}

function databasePrograms(settings: DeploymentSettings, program: DatabaseProgram): PerOrganisation<ProcessSpec> {
  const { storefront, commerce } = settings.databases;
  return {
    storefront: specify(settings, `storefront-${program}`, `prisma/storefront/${program}`, [], {
      STOREFRONT_MIGRATOR_DATABASE_URL: storefront.migrator,
      STOREFRONT_DATABASE_URL: storefront.runtime,
    }),
    commerce: specify(settings, `commerce-${program}`, `prisma/commerce/${program}`, [], {
      COMMERCE_MIGRATOR_DATABASE_URL: commerce.migrator,
      COMMERCE_DATABASE_URL: commerce.runtime,
    }),
  };
}

/**
 * Describes a deployment of the supergraph; starts nothing and reads nothing. Every process is told only what is its
 * own: its database as the run-time role, its keys, the public keys of those it verifies.
 */
export function describeDeployment(settings: DeploymentSettings): Deployment {
  const { ports } = settings;
  const presetFile = secretPath(settings, "gateway", "explorer-preset.json");
  const commerce = commerceEnvironment(settings);
  const { identity, bankCendana, bankMeranti, kantong, lumbung, gerbang, lintasKurir, rantauEkspres } = ports;
  const sandboxPorts = [identity, bankCendana, bankMeranti, kantong, lumbung, gerbang, lintasKurir, rantauEkspres];
  return {
    processes: [
      {
        ...specify(settings, "gateway", "gateway/main.js", [ports.gateway], {}, [
          "--config",
          secretPath(settings, "gateway", "config.json"),
        ]),
        // Answers live for milliseconds: with room for them they are gone before anybody looks for what to keep.
        nodeFlags: ["--max-semi-space-size=64"],
      },
      specify(
        settings,
        "storefront",
        "subgraphs/storefront/server.js",
        [ports.storefront],
        storefrontEnvironment(settings),
      ),
      specify(settings, "commerce", "subgraphs/commerce/server.js", [ports.commerce], commerce),
      specify(settings, "commerce-worker", "subgraphs/commerce/worker.js", [ports.commerceWorker], commerce),
      specify(settings, "sandbox", "sandbox/host.js", sandboxPorts, {
        SANDBOX_CONFIG_FILE: secretPath(settings, "sandbox", "config.json"),
        SANDBOX_DATA_DIR: join(settings.folder, "sandbox"),
      }),
    ],
    programs: (program) => databasePrograms(settings, program),
    files: deploymentFiles(settings, presetFile),
    presetFile,
    urls: {
      graphql: `http://localhost:${ports.gateway}/graphql`,
      identity: issuerOf(ports),
      bankCendana: `http://localhost:${ports.bankCendana}`,
      kantong: `http://localhost:${ports.kantong}`,
      bankMeranti: `http://localhost:${ports.bankMeranti}`,
      lumbung: `http://localhost:${ports.lumbung}`,
      gerbang: `http://localhost:${ports.gerbang}`,
      lintasKurir: `http://localhost:${ports.lintasKurir}`,
      rantauEkspres: `http://localhost:${ports.rantauEkspres}`,
      callbacks: `http://localhost:${ports.commerceCallback}`,
    },
  };
}
