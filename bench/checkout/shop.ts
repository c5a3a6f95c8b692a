import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { importJWK, SignJWT } from "jose";
import { benchFolder } from "../support/processes.ts";

const root = join(import.meta.dirname, "../../..");
const dist = <Module>(file: string): Promise<Module> => import(pathToFileURL(join(root, "dist", file)).href);

/** A program of the product that runs. */
export interface Running {
  readonly pid: number;
  readonly stop: () => Promise<unknown>;
}

interface Spec {
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly healthUrls: readonly string[];
}

interface Deployment {
  readonly processes: readonly Spec[];
  readonly files: readonly { readonly path: string; readonly content: string }[];
  readonly programs: (program: string) => { readonly commerce: Spec };
}

interface Keys {
  readonly superuserPassword: string;
  readonly rolePasswords: { readonly commerce: object };
  readonly organisationTokenKey: { readonly kid: string };
}

/** Just what is used of the product's launcher. */
interface Launcher {
  readonly startEmbeddedPostgres: (settings: object) => Promise<{
    readonly pid: number;
    readonly superuserUrl: (database: string) => string;
    readonly stop: () => Promise<void>;
  }>;
  readonly ensureDatabase: (server: object, organisation: string, passwords: object) => Promise<{ runtime: string }>;
  readonly completeKeyMaterial: (known: object) => Promise<Keys>;
  readonly describeDeployment: (settings: object) => Deployment;
  readonly startProcess: (spec: Spec, log: string) => Running & { readonly ended: Promise<unknown> };
  readonly waitUntilReady: (running: Running, deadlineMs: number) => Promise<void>;
  readonly runToEnd: (running: Running) => Promise<void>;
  readonly claimPorts: (count: number) => Promise<number[]>;
}

async function loadLauncher(): Promise<Launcher> {
  const files = ["embedded-postgres", "databases", "key-material", "deployment", "managed-process", "ports"];
  const modules = await Promise.all(files.map((file) => dist<Partial<Launcher>>(`launcher/${file}.js`)));
  return Object.assign({}, ...modules) as Launcher;
}

/** Commerce with its database, its provider and nothing else. */
export interface Shop {
  readonly superuserUrl: string;
  readonly runtimeUrl: string;
  readonly postgresPid: number;
  readonly postgresLog: string;
  /** Starts the n-th API process, from 0. */
  readonly startApi: (n: number) => Promise<Running & { readonly url: string }>;
  /** Starts the n-th worker process, from 0. */
  readonly startWorker: (n: number) => Promise<Running>;
  /** Somebody pays, at the bank; the bank tells the first API. */
  readonly pay: (paymentId: string) => Promise<void>;
  readonly tokenOf: (buyerId: string) => Promise<string>;
  readonly stop: () => Promise<void>;
}

const deploymentPorts = (ports: readonly number[]) => {
  const [commerce, commerceCallback, commerceWorker, bankCendana, ...others] = ports;
  const [identity, kantong, bankMeranti, lumbung, gerbang, lintasKurir, rantauEkspres] = others;
  const gateways = { gateway: 1, storefront: 1, storefrontEvents: 1 };
  const providers = { bankCendana, kantong, bankMeranti, lumbung, gerbang, lintasKurir, rantauEkspres };
  return { ...gateways, commerce, commerceCallback, commerceWorker, identity, ...providers };
};

function specOf(deployment: Deployment, name: string): Spec {
  const found = deployment.processes.find((spec) => spec.name === name);
  if (found === undefined) throw new Error(`the deployment has no ${name}`);
  const { COMMERCE_EVENTS_URL, COMMERCE_EVENTS_KEYS_FILE, COMMERCE_COURIERS_FILE, ...environment } = found.environment;
  return { ...found, environment: { ...environment, COMMERCE_PAYMENT_TTL_SECONDS: "86400", LOG_LEVEL: "warn" } };
}

/** Opens a shop with tables and no rows. */
export async function openShop(): Promise<Shop> {
  const launcher = await loadLauncher();
  const folder = benchFolder();
  // Root's PostgreSQL runs as somebody else, who must get through to its own folder.
  chmodSync(folder, 0o711);
  const [postgresPort = 0, ...ports] = await launcher.claimPorts(14);
  const keys = await launcher.completeKeyMaterial({});
  const server = await launcher.startEmbeddedPostgres({
    folder: join(folder, "postgres"),
    password: keys.superuserPassword,
    port: { exactly: postgresPort },
    isDurable: true,
  });
  const urls = await launcher.ensureDatabase(server, "commerce", keys.rolePasswords.commerce);
  const deployment = launcher.describeDeployment({
    root,
    folder,
    ports: deploymentPorts(ports),
    databases: { commerce: urls, storefront: urls },
    keys,
    logLevel: "warn",
  });
  for (const { path, content } of deployment.files) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  mkdirSync(join(folder, "sandbox"), { recursive: true });
  const logOf = (name: string) => join(folder, "logs", `${name}.log`);
  await launcher.runToEnd(launcher.startProcess(deployment.programs("migrate.js").commerce, logOf("migrate")));
  const start = async (spec: Spec): Promise<Running> => {
    const running = launcher.startProcess(spec, logOf(spec.name));
    await launcher.waitUntilReady(running, 60_000);
    return running;
  };
  const sandbox = await start(specOf(deployment, "sandbox"));
  const key = await importJWK({ ...keys.organisationTokenKey }, "EdDSA");
  return {
    superuserUrl: server.superuserUrl("commerce"),
    runtimeUrl: urls.runtime,
    postgresPid: server.pid,
    postgresLog: join(folder, "postgres", "postgresql.log"),
    startApi: async (n) => {
      const [port = 0, callbackPort = 0] = n === 0 ? ports : await launcher.claimPorts(2);
      const spec = specOf(deployment, "commerce");
      const own = { COMMERCE_PORT: String(port), COMMERCE_CALLBACK_PORT: String(callbackPort) };
      const address = `http://127.0.0.1:${port}`;
      const healthUrls = [`${address}/health/ready`];
      const running = await start({ ...spec, environment: { ...spec.environment, ...own }, healthUrls });
      return { ...running, url: `${address}/graphql` };
    },
    startWorker: async (n) => {
      const [port = 0] = n === 0 ? ports.slice(2) : await launcher.claimPorts(1);
      const spec = specOf(deployment, "commerce-worker");
      const environment = { ...spec.environment, COMMERCE_WORKER_PORT: String(port) };
      return start({ ...spec, environment, healthUrls: [`http://127.0.0.1:${port}/health/ready`] });
    },
    pay: async (paymentId) => {
      const response = await fetch(`http://127.0.0.1:${ports[3] ?? 0}/control/pay`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ partnerReferenceNo: paymentId }),
      });
      const { outcome } = (await response.json()) as { outcome?: string };
      if (outcome !== "paid") throw new Error(`the bank says ${response.status} ${outcome}`);
    },
    tokenOf: (buyerId) =>
      new SignJWT({ scope: "commerce:browse commerce:buy" })
        .setProtectedHeader({ alg: "EdDSA", kid: keys.organisationTokenKey.kid })
        .setIssuer("etalase-gateway")
        .setAudience("commerce")
        .setSubject(buyerId)
        .setIssuedAt()
        .setExpirationTime("12h")
        .sign(key),
    stop: async () => {
      await sandbox.stop();
      await server.stop();
    },
  };
}
