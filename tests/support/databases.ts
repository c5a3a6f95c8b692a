/**
 * Real PostgreSQL databases for tests.
 *
 *     const database = useDatabase("commerce");                      // small seed; dropped after the file
 *     const empty = useDatabase("commerce", { rows: "none" });       // migrated, no rows
 *     test("...", async () => { new pg.Pool({ connectionString: database.urls.runtime }) ... });
 *
 * One server serves a whole run of jest; it starts when the first test asks for a database. Each organisation is
 * migrated and seeded (ETALASE_SEED_SCALE=small) once, by the programs in dist/, and cloned for each caller.
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll } from "@jest/globals";
import pg from "pg";
import { childEnvironment } from "../../launcher/child-environment.ts";
import {
  cloneDatabase,
  closeSharedDatabases,
  type DatabaseUrls,
  databaseVariable,
  dropDatabase,
  ensureDatabase,
  type RolePasswords,
} from "../../launcher/databases.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../launcher/embedded-postgres.ts";
import { exclusively } from "../../launcher/exclusive.ts";
import type { Organisation } from "../../launcher/organisations.ts";
import { claimPorts } from "../../launcher/ports.ts";
import { projectRoot } from "../../platform/runtime/project-root.ts";
import { testRunFolder } from "./test-run.ts";

/** What a cloned database holds: the small seed, or nothing but tables. */
export type Rows = "seeded" | "none";

/** A database of its own, for one caller. */
export interface TestDatabase {
  readonly name: string;
  readonly urls: DatabaseUrls;
  /** The superuser's URL of the same database, for looking at anything. */
  readonly superuserUrl: string;
  readonly drop: () => Promise<void>;
}

/** Passwords of the roles on the server of a test run; nothing there is worth guarding. */
export const testPasswords: RolePasswords = { migrator: "migrator-of-a-test", runtime: "runtime-of-a-test" };

/** The migrator's URL of a test database, for rows that the run-time role may not write. */
export function migratorUrlOf(runtimeUrl: string): string {
  const url = new URL(runtimeUrl);
  url.username = url.username.replace(/_runtime$/, "_migrator");
  url.password = testPasswords.migrator;
  return url.href;
}

const lockDeadlineMs = 90_000;

/** The run's server, started by the first who asks. */
export async function testServer(): Promise<EmbeddedPostgres> {
  const run = testRunFolder();
  return exclusively(join(run, "locks", "postgres"), lockDeadlineMs, async () => {
    const marker = join(run, "postgres-prepared");
    const [port] = existsSync(marker) ? [0] : await claimPorts(1);
    const server = await startEmbeddedPostgres({
      folder: join(run, "postgres"),
      password: "superuser-of-a-test",
      port: { from: port ?? 0 },
      isDurable: false,
    });
    if (!existsSync(marker)) {
      await closeSharedDatabases(server);
      writeFileSync(marker, "");
    }
    return server;
  });
}

function runProgram(organisation: Organisation, program: string, urls: DatabaseUrls): Promise<void> {
  const file = join(projectRoot, "dist", "prisma", organisation, program);
  if (!existsSync(file)) throw new Error(`${file} does not exist: run \`npm run build\` first`);
  const environment = childEnvironment({
    [databaseVariable(organisation, "migrator")]: urls.migrator,
    [databaseVariable(organisation, "runtime")]: urls.runtime,
    ETALASE_SEED_SCALE: "small",
    LOG_LEVEL: "warn",
  });
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file], { env: environment, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} of ${organisation} failed with code ${code}:\n${output}`)),
    );
  });
}

async function ensureTemplate(server: EmbeddedPostgres, organisation: Organisation, rows: Rows): Promise<string> {
  const name = rows === "none" ? `${organisation}_tables` : `${organisation}_template`;
  // A copy of the tables alone begins the seeded one, so that the migrations are applied once.
  const origin = rows === "none" ? undefined : await ensureTemplate(server, organisation, "none");
  const run = testRunFolder();
  await exclusively(join(run, "locks", name), lockDeadlineMs, async () => {
    const marker = join(run, name);
    if (existsSync(marker)) return;
    await dropDatabase(server, name);
    if (origin === undefined) {
      const urls = await ensureDatabase(server, organisation, testPasswords, name);
      await runProgram(organisation, "migrate.js", urls);
    } else {
      const urls = await cloneDatabase(server, organisation, testPasswords, origin, name);
      await runProgram(organisation, join("seed", "main.js"), urls);
    }
    writeFileSync(marker, "");
  });
  return name;
}

/** Makes a database for the caller alone, who drops it. Takes about 100 ms, the first in a run some seconds. */
export async function createTestDatabase(organisation: Organisation, rows: Rows = "seeded"): Promise<TestDatabase> {
  const server = await testServer();
  const template = await ensureTemplate(server, organisation, rows);
  const name = `${organisation}_${process.pid}_${randomBytes(4).toString("hex")}`;
  const urls = await cloneDatabase(server, organisation, testPasswords, template, name);
  return { name, urls, superuserUrl: server.superuserUrl(name), drop: () => dropWhenLeft(server, name) };
}

// A session that is on its way out, and that nobody listens to any more, must not be ended by force: its error would be nobody's.
const leavingMs = 1_000;

async function dropWhenLeft(server: EmbeddedPostgres, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: server.superuserUrl("postgres") });
  await client.connect();
  try {
    const isLeft = async () =>
      (await client.query("SELECT 1 FROM pg_stat_activity WHERE datname = $1 LIMIT 1", [name])).rowCount === 0;
    for (const until = Date.now() + leavingMs; Date.now() < until && !(await isLeft()); ) await delay(50);
  } finally {
    await client.end();
  }
  await dropDatabase(server, name);
}

/**
 * Gives the tests of a file (or of a `describe`) a database of their own: made before the first, dropped after the
 * last. Its properties can be read inside tests and hooks.
 */
export function useDatabase(organisation: Organisation, options: { readonly rows?: Rows } = {}): TestDatabase {
  let database: TestDatabase | undefined;
  beforeAll(async () => {
    database = await createTestDatabase(organisation, options.rows);
  }, lockDeadlineMs);
  afterAll(async () => {
    await database?.drop();
  });
  const made = (): TestDatabase => {
    if (database === undefined) throw new Error("the database exists only inside tests and hooks");
    return database;
  };
  return {
    get name() {
      return made().name;
    },
    get urls() {
      return made().urls;
    },
    get superuserUrl() {
      return made().superuserUrl;
    },
    drop: () => made().drop(),
  };
}
