/**
 * The whole supergraph as real processes from dist/, on free ports with databases of its own.
 *
 *     const supergraph = useSupergraph();                      // started before the first test, stopped after the last
 *     test("...", async () => {
 *       const buyer = await supergraph().client("buyer-1");    // any user of the sandbox's identity provider
 *       const data = await buyer.data(document, variables);
 *       await supergraph().kill("storefront", "SIGKILL");      // stays down until restart("storefront")
 *     });
 *
 * Processes: gateway, storefront, commerce, commerce-worker, sandbox. Takes some seconds: one for a file, not for a test.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll } from "@jest/globals";
import { describeDeployment } from "../../launcher/deployment.ts";
import type { DeploymentPorts } from "../../launcher/deployment-settings.ts";
import { exclusively } from "../../launcher/exclusive.ts";
import { type KeyMaterial, loadKeyMaterial } from "../../launcher/key-material.ts";
import { forEachOrganisation, type PerOrganisation } from "../../launcher/organisations.ts";
import { writePrivateFile } from "../../launcher/private-files.ts";
import { createSupervisor, type Supervisor } from "../../launcher/supervisor.ts";
import { projectRoot } from "../../platform/runtime/project-root.ts";
import { createTestDatabase, type Rows, type TestDatabase } from "./databases.ts";
import { type GraphqlClient, graphqlClient } from "./graphql-client.ts";
import { freePorts } from "./ports.ts";
import { testRunFolder } from "./test-run.ts";

/** What a test may choose. */
export interface SupergraphOptions {
  /** What the databases hold; the small seed unless told otherwise. */
  readonly rows?: Rows;
  /** How long a buyer has to pay, in seconds. */
  readonly paymentTtlSeconds?: number;
  /** Processes that are not started; `start` them later. */
  readonly without?: readonly string[];
  /** More for a process's environment, by its name. */
  readonly environment?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** A running supergraph. */
export interface Supergraph extends Pick<Supervisor, "kill" | "restart" | "pids"> {
  /** Addresses: `graphql` is the gateway's endpoint. */
  readonly urls: ReturnType<typeof describeDeployment>["urls"];
  readonly ports: DeploymentPorts;
  readonly databases: PerOrganisation<TestDatabase>;
  /** A token of a user of the identity provider: `demo-buyer`, `buyer-<n>`, `creator-<n>`, ... */
  readonly token: (user: string) => Promise<string>;
  /** A client of the gateway as a user, or as nobody. */
  readonly client: (user?: string) => Promise<GraphqlClient>;
  /** Starts a process that was left out. */
  readonly start: (name: string) => Promise<void>;
  /** What a process has logged. */
  readonly log: (name: string) => string;
  /** Ends all processes and drops the databases. */
  readonly stop: () => Promise<void>;
}

async function keysOfRun(): Promise<KeyMaterial> {
  const run = testRunFolder();
  return exclusively(join(run, "locks", "keys"), 30_000, () => loadKeyMaterial(join(run, "keys.json")));
}

async function requestToken(identityUrl: string, user: string): Promise<string> {
  const response = await fetch(`${identityUrl}/token`, {
    method: "POST",
    body: new URLSearchParams({ grant_type: "password", username: user, password: "etalase" }),
  });
  const body = (await response.json()) as { access_token?: string };
  if (body.access_token === undefined) throw new Error(`no token for ${user}: HTTP ${response.status}`);
  return body.access_token;
}

/** Starts a supergraph for the caller alone, who stops it. */
export async function startSupergraph(options: SupergraphOptions = {}): Promise<Supergraph> {
  const folder = mkdtempSync(join(testRunFolder(), "supergraph-"));
  const [keys, ports, databases] = await Promise.all([
    keysOfRun(),
    freePorts(),
    forEachOrganisation((organisation) => createTestDatabase(organisation, options.rows)),
  ]);
  const deployment = describeDeployment({
    root: projectRoot,
    folder,
    ports,
    databases: { storefront: databases.storefront.urls, commerce: databases.commerce.urls },
    keys,
    logLevel: process.env.LOG_LEVEL ?? "info",
    paymentTtlSeconds: options.paymentTtlSeconds,
    extraEnvironment: options.environment,
  });
  for (const file of deployment.files) writePrivateFile(file.path, file.content);
  const logFolder = join(folder, "logs");
  const supervisor = createSupervisor({ logFolder, report: () => undefined, restartDelaysMs: [] });
  const { urls, processes } = deployment;
  const tokens = new Map<string, Promise<string>>();

  function token(user: string): Promise<string> {
    const known = tokens.get(user) ?? requestToken(urls.identity, user);
    tokens.set(user, known);
    return known;
  }

  async function start(name: string): Promise<void> {
    const spec = processes.find((candidate) => candidate.name === name);
    if (spec === undefined) throw new Error(`no process ${name}`);
    await supervisor.start(spec);
  }

  async function stop(): Promise<void> {
    await supervisor.stop();
    await Promise.all(Object.values(databases).map((database) => database.drop()));
    rmSync(folder, { recursive: true, force: true });
  }

  try {
    const chosen = processes.filter(({ name }) => options.without?.includes(name) !== true);
    await Promise.all(chosen.map((spec) => supervisor.start(spec)));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    urls,
    ports,
    databases,
    token,
    client: async (user) => graphqlClient(urls.graphql, user === undefined ? undefined : await token(user)),
    kill: supervisor.kill,
    restart: supervisor.restart,
    pids: supervisor.pids,
    start,
    log: (name) => readFileSync(join(logFolder, `${name}.log`), "utf8"),
    stop,
  };
}

/** Gives the tests of a file (or of a `describe`) a supergraph: read it inside tests and hooks. */
export function useSupergraph(options: SupergraphOptions = {}): () => Supergraph {
  let supergraph: Supergraph | undefined;
  beforeAll(async () => {
    supergraph = await startSupergraph(options);
  }, 120_000);
  afterAll(async () => {
    await supergraph?.stop();
  }, 30_000);
  return () => {
    if (supergraph === undefined) throw new Error("the supergraph exists only inside tests and hooks");
    return supergraph;
  };
}
