import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import type { CleanUp } from "./clean-up.ts";
import type { DatabaseUrls } from "./databases.ts";
import { type Demo, prepareDemo } from "./demo.ts";
import { writeDemo } from "./demo-files.ts";
import { offerDemo } from "./demo-offer.ts";
import { type DatabaseProgram, type Deployment, describeDeployment } from "./deployment.ts";
import { isOfFullDisk } from "./full-disk.ts";
import { type KeyMaterial, loadKeyMaterial } from "./key-material.ts";
import { explainFileFault, fullDisk } from "./launch-error.ts";
import { checkPorts, type LaunchSettings } from "./launch-settings.ts";
import { prepareDatabases } from "./launched-postgres.ts";
import { endLeftBehind, rememberProcesses } from "./left-behind.ts";
import { tailOf } from "./log-tail.ts";
import { runToEnd, startProcess } from "./managed-process.ts";
import type { Organisation, PerOrganisation } from "./organisations.ts";
import { postgresFolder } from "./postgres-home.ts";
import { writePrivateFile } from "./private-files.ts";
import type { Progress } from "./progress.ts";
import { createSupervisor } from "./supervisor.ts";

/** What a launch is given. */
export interface LaunchParts {
  readonly root: string;
  readonly settings: LaunchSettings;
  readonly environment: NodeJS.ProcessEnv;
  readonly progress: Progress;
  readonly cleanUp: CleanUp;
}

/** A supergraph that runs. */
export interface Launched {
  readonly deployment: Deployment;
  /** Undefined when a service refused it; the person was told. */
  readonly demo: Demo | undefined;
}

const demoRetryMs = 5_000;
const restartDelaysMs = [500, 1_000, 2_000, 5_000, 10_000];

/** Begins new log files; the last run's stay beside them as `.old`. */
function turnLogs(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder).filter((entry) => entry.endsWith(".log"))) {
      renameSync(join(folder, name), join(folder, `${name}.old`));
    }
  } catch (error) {
    throw explainFileFault(error, folder);
  }
}

function describe({ root, settings }: LaunchParts, databases: PerOrganisation<DatabaseUrls>, keys: KeyMaterial) {
  const { home, ports, logLevel, paymentTtlSeconds } = settings;
  return describeDeployment({ root, folder: home, ports, databases, keys, logLevel, paymentTtlSeconds });
}

/** Migrates and seeds an organisation's database with its own programs. */
async function fill(parts: LaunchParts, deployment: Deployment, organisation: Organisation): Promise<void> {
  const { settings, cleanUp } = parts;
  const logFile = join(settings.home, "logs", `${organisation}-database.log`);
  const scale: Record<string, string> =
    settings.seedScale === undefined ? {} : { ETALASE_SEED_SCALE: settings.seedScale };
  for (const program of ["migrate.js", "seed/main.js"] satisfies DatabaseProgram[]) {
    const spec = deployment.programs(program)[organisation];
    const running = startProcess({ ...spec, environment: { ...spec.environment, ...scale } }, logFile);
    cleanUp.add(() => running.stop(2_000));
    await runToEnd(running).catch((error: unknown) => {
      // PostgreSQL ends itself when it cannot write its log of changes; the program then only saw it go.
      const postgres = postgresFolder(settings.home);
      throw isOfFullDisk(tailOf(join(postgres, "postgresql.log")), postgres) ? fullDisk(settings.home) : error;
    });
  }
}

async function startAll(parts: LaunchParts, deployment: Deployment): Promise<void> {
  const { settings, progress, cleanUp } = parts;
  const remember = rememberProcesses(join(settings.home, "processes.json"));
  const supervisor = createSupervisor({
    logFolder: join(settings.home, "logs"),
    report: progress.warn,
    restartDelaysMs,
    onStart: ({ pid, spec }) => remember({ pid, entry: spec.entry }),
  });
  cleanUp.add(supervisor.stop);
  await Promise.all(deployment.processes.map((spec) => progress.step(spec.name, () => supervisor.start(spec))));
}

async function offer({ root, settings, progress, cleanUp }: LaunchParts, deployment: Deployment) {
  const document = readFileSync(join(root, "schema", "operations", "browse-and-buy.graphql"), "utf8");
  const { graphql: graphqlUrl, identity: identityUrl } = deployment.urls;
  let isFirst = true;
  return offerDemo({
    prepare: () => {
      const prepare = () => prepareDemo({ graphqlUrl, identityUrl, document });
      if (!isFirst) return prepare();
      isFirst = false;
      return progress.step("something to buy", prepare);
    },
    publish: (demo) => writeDemo(demo, settings.home, deployment.presetFile),
    tell: progress.warn,
    cleanUp,
    retryMs: demoRetryMs,
  });
}

/**
 * Brings everything up in the home folder, which the caller has locked; what it starts it hands to `cleanUp` at once.
 * @throws LaunchError one sentence
 */
export async function launch(parts: LaunchParts): Promise<Launched> {
  const { settings, environment, progress, cleanUp } = parts;
  const { home } = settings;
  await endLeftBehind(join(home, "processes.json"));
  await checkPorts(settings.ports);
  turnLogs(join(home, "logs"));
  const keyFile = join(home, "secrets", "launcher", "keys.json");
  const keys = existsSync(keyFile)
    ? await loadKeyMaterial(keyFile)
    : await progress.step("keys and passwords", () => loadKeyMaterial(keyFile));
  const databases = await prepareDatabases(settings, environment, keys, progress, cleanUp);
  const deployment = describe(parts, databases, keys);
  for (const file of deployment.files) writePrivateFile(file.path, file.content);
  const organisationNames = Object.keys(databases) as Organisation[];
  await Promise.all(
    organisationNames.map((name) => progress.step(`${name}'s tables and data`, () => fill(parts, deployment, name))),
  );
  if (cleanUp.hasBegun()) return { deployment, demo: undefined };
  await startAll(parts, deployment);
  return { deployment, demo: await offer(parts, deployment) };
}
