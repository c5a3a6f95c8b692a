import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { closeSharedDatabases, ensureDatabase } from "../../launcher/databases.ts";
import { type Deployment, describeDeployment } from "../../launcher/deployment.ts";
import type { DeploymentPorts } from "../../launcher/deployment-settings.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../launcher/embedded-postgres.ts";
import { type KeyMaterial, loadKeyMaterial } from "../../launcher/key-material.ts";
import { runToEnd, startProcess } from "../../launcher/managed-process.ts";
import { claimPorts } from "../../launcher/ports.ts";
import { writePrivateFile } from "../../launcher/private-files.ts";
import type { ProcessSpec } from "../../launcher/process-spec.ts";
import { projectRoot } from "../../platform/runtime/project-root.ts";
import { insertAssortment } from "./assortment.ts";
import type { StormSettings } from "./settings.ts";

/** The sandbox's providers. */
export const providerNames = ["bank-cendana", "bank-meranti", "kantong", "lumbung", "gerbang"] as const;

/** One of them. */
export type ProviderName = (typeof providerNames)[number];

/** Where everything of a storm is, before anything of it runs but its database. */
export interface World {
  readonly keys: KeyMaterial;
  readonly superuserUrl: string;
  /** The storefront's own database. */
  readonly storefrontUrl: string;
  /** Starts PostgreSQL, where it is not running. */
  readonly startPostgres: () => Promise<EmbeddedPostgres>;
  /** The n-th API and worker, from 0; providers by name. */
  readonly api: (n: number) => ProcessSpec & { readonly graphqlUrl: string; readonly callbackPort: number };
  readonly worker: (n: number) => ProcessSpec;
  readonly storefront: () => ProcessSpec;
  readonly provider: (name: ProviderName) => ProcessSpec & { readonly url: string };
  /** Where providers call commerce. */
  readonly callbackPort: number;
}

interface Ports {
  readonly postgres: number;
  readonly callback: number;
  readonly api: readonly number[];
  readonly apiCallback: readonly number[];
  readonly worker: readonly number[];
  readonly storefront: readonly [graphql: number, events: number];
  readonly providers: Readonly<Record<ProviderName, number>>;
}

async function loadPorts(folder: string): Promise<Ports> {
  const file = join(folder, "ports.json");
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8"));
  const claimed = await claimPorts(10 + providerNames.length);
  const take = () => claimed.pop() ?? 0;
  const ports = {
    postgres: take(),
    callback: take(),
    api: [take(), take()],
    apiCallback: [take(), take()],
    worker: [take(), take()],
    storefront: [take(), take()] as const,
    providers: Object.fromEntries(providerNames.map((name) => [name, take()])) as Ports["providers"],
  };
  writeFileSync(file, JSON.stringify(ports));
  return ports;
}

function deploymentPorts({ api, callback, worker, storefront, providers }: Ports): DeploymentPorts {
  return {
    gateway: 1,
    storefront: storefront[0],
    storefrontEvents: storefront[1],
    identity: 1,
    commerce: api[0] ?? 0,
    commerceCallback: callback,
    commerceWorker: worker[0] ?? 0,
    bankCendana: providers["bank-cendana"],
    bankMeranti: providers["bank-meranti"],
    kantong: providers.kantong,
    lumbung: providers.lumbung,
    gerbang: providers.gerbang,
    lintasKurir: 1,
    rantauEkspres: 1,
  };
}

/**
 * Providers that repeat what they owe until it is taken, however long that takes; what is refused again and again they repeat
 * less and less often, else those repetitions were most of what commerce has to do.
 */
function patient(content: string): string {
  const config = JSON.parse(content) as { providers: Record<string, object> };
  const times = (count: number, delayMs: number): number[] => Array.from({ length: count }, () => delayMs);
  const retryDelaysMs = [200, 400, 800, 1_500, ...times(10, 3_000), ...times(20, 15_000), ...times(60, 60_000)];
  const notification = { timeoutMs: 4_000, retryDelaysMs };
  const providers = Object.entries(config.providers).map(([name, own]) => [name, { ...own, notification }]);
  return JSON.stringify({ ...config, providers: Object.fromEntries(providers) });
}

function writeFiles(deployment: Deployment): void {
  for (const { path, content } of deployment.files) {
    if (!/[\\/]secrets[\\/](commerce|sandbox|storefront)[\\/]/.test(path)) continue;
    writePrivateFile(path, /[\\/]sandbox[\\/]config\.json$/.test(path) ? patient(content) : content);
  }
}

function specOf(deployment: Deployment, name: string): ProcessSpec {
  const spec = deployment.processes.find((process) => process.name === name);
  if (spec === undefined) throw new Error(`the deployment has no ${name}`);
  return spec;
}

function withEnvironment(spec: ProcessSpec, own: Readonly<Record<string, string>>): ProcessSpec {
  // Shops send by themselves.
  const { COMMERCE_COURIERS_FILE, ...environment } = spec.environment;
  return { ...spec, environment: { ...environment, ...own } };
}

function programsOf(deployment: Deployment, ports: Ports, settings: StormSettings) {
  const health = (port: number) => [`http://127.0.0.1:${port}/health/ready`];
  const numberedPort = (list: readonly number[], n: number) => list[n] ?? 0;
  const sandbox = specOf(deployment, "sandbox");
  const ttl = { COMMERCE_PAYMENT_TTL_SECONDS: String(settings.paymentTtlSeconds) };
  return {
    api: (n: number) => {
      const [port, callbackPort] = [numberedPort(ports.api, n), numberedPort(ports.apiCallback, n)];
      const own = { ...ttl, COMMERCE_PORT: String(port), COMMERCE_CALLBACK_PORT: String(callbackPort) };
      const spec = withEnvironment(specOf(deployment, "commerce"), own);
      const graphqlUrl = `http://127.0.0.1:${port}/graphql`;
      return { ...spec, name: `api-${n + 1}`, healthUrls: health(port), graphqlUrl, callbackPort };
    },
    worker: (n: number) => {
      const port = numberedPort(ports.worker, n);
      const spec = withEnvironment(specOf(deployment, "commerce-worker"), { COMMERCE_WORKER_PORT: String(port) });
      return { ...spec, name: `worker-${n + 1}`, healthUrls: health(port) };
    },
    storefront: () => specOf(deployment, "storefront"),
    provider: (name: ProviderName) => {
      const port = ports.providers[name];
      const entry = join(projectRoot, "dist", "sandbox", name, "main.js");
      return { ...sandbox, name, entry, healthUrls: health(port), url: `http://127.0.0.1:${port}` };
    },
  };
}

async function prepareDatabase(
  deployment: Deployment,
  superuserUrl: string,
  folder: string,
  settings: StormSettings,
): Promise<void> {
  const marker = join(folder, "prepared");
  if (existsSync(marker)) return;
  const { commerce, storefront } = deployment.programs("migrate.js");
  for (const program of [commerce, storefront])
    await runToEnd(startProcess(program, join(folder, "logs", `${program.name}.log`)));
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  await insertAssortment(client, settings);
  await client.end();
  writeFileSync(marker, "");
}

/** Makes the world of a storm, or finds it as it was left: PostgreSQL runs afterwards, with tables and goods. */
export async function openWorld(folder: string, settings: StormSettings): Promise<World> {
  mkdirSync(join(folder, "sandbox"), { recursive: true });
  const keys = await loadKeyMaterial(join(folder, "keys.json"));
  const ports = await loadPorts(folder);
  const startPostgres = () =>
    startEmbeddedPostgres({
      folder: join(folder, "postgres"),
      password: keys.superuserPassword,
      port: { exactly: ports.postgres },
      isDurable: true,
    });
  const server = await startPostgres();
  await closeSharedDatabases(server);
  const databases = {
    commerce: await ensureDatabase(server, "commerce", keys.rolePasswords.commerce),
    storefront: await ensureDatabase(server, "storefront", keys.rolePasswords.storefront),
  };
  const deployment = describeDeployment({
    root: projectRoot,
    folder,
    ports: deploymentPorts(ports),
    databases,
    keys,
    logLevel: "info",
  });
  writeFiles(deployment);
  const superuserUrl = server.superuserUrl("commerce");
  await prepareDatabase(deployment, superuserUrl, folder, settings);
  return {
    keys,
    superuserUrl,
    storefrontUrl: server.superuserUrl("storefront"),
    startPostgres,
    callbackPort: ports.callback,
    ...programsOf(deployment, ports, settings),
  };
}
