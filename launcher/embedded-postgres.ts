import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { childEnvironment } from "./child-environment.ts";
import { isOfFullDisk, needed } from "./full-disk.ts";
import { explainFileFault, fullDisk, LaunchError } from "./launch-error.ts";
import { firstFreePort } from "./ports.ts";
import { type PostgresBinaries, type PostgresUser, postgresBinaries, postgresUser } from "./postgres-binaries.ts";
import { pidFilePath, readPidFile } from "./postgres-pid-file.ts";
import { isAliveAs, signal, waitForEnd } from "./processes.ts";

/** A PostgreSQL server of ours on 127.0.0.1. */
export interface EmbeddedPostgres {
  readonly port: number;
  readonly pid: number;
  /** Whether it was found running: left behind by a launcher that was killed. */
  readonly isReused: boolean;
  /** postgresql:// URL of the superuser for one of the databases. */
  readonly superuserUrl: (database: string) => string;
  /** postgresql:// URL of a role for one of the databases. */
  readonly roleUrl: (database: string, role: string, password: string) => string;
  /** Ends it in good order; at a deadline, less so. Nothing is lost either way. */
  readonly stop: () => Promise<void>;
}

/** Where and how to run PostgreSQL. */
export interface EmbeddedPostgresSettings {
  /** Holds `data/` and `postgresql.log`; the user PostgreSQL runs as must be able to reach it. */
  readonly folder: string;
  /** Password of the role `postgres`. */
  readonly password: string;
  /** The port to listen on, or the first to try: then the next free one is taken. */
  readonly port: { readonly exactly: number } | { readonly from: number };
  /** False only where the data are thrown away: skips waiting for the disk. */
  readonly isDurable: boolean;
}

const startDeadlineMs = 60_000;
const host = "127.0.0.1";

function roleUrl(port: number, database: string, role: string, password: string): string {
  return `postgresql://${encodeURIComponent(role)}:${encodeURIComponent(password)}@${host}:${port}/${encodeURIComponent(database)}`;
}

function explainOutput(
  output: string,
  { folder }: EmbeddedPostgresSettings,
  least: number = needed.running,
): LaunchError {
  if (isOfFullDisk(output, folder, least)) return fullDisk(folder);
  if (/Permission denied|wrong ownership|invalid permissions/.test(output)) {
    return new LaunchError(
      `PostgreSQL may not use ${folder} as this user: start as the user who started first, or set ETALASE_HOME to another folder.`,
    );
  }
  if (/incompatible with server|not compatible with this version/.test(output)) {
    return new LaunchError(
      `The data in ${folder} were made by another version of PostgreSQL: \`npm run reset\` forgets them.`,
    );
  }
  if (/could not look up effective user ID/.test(output)) {
    return new LaunchError(
      `PostgreSQL needs a user with a name: give user ${process.getuid?.()} an entry in /etc/passwd, start as another user, or set STOREFRONT_DATABASE_URL and COMMERCE_DATABASE_URL.`,
    );
  }
  const lines = output.split("\n").filter((text) => text.trim() !== "");
  const line = lines.findLast((text) => /FATAL|PANIC|error:/.test(text)) ?? lines.at(-1) ?? "it gave no reason";
  return new LaunchError(`PostgreSQL did not start: ${line.trim()} (log: ${join(folder, "postgresql.log")}).`);
}

function prepareFolder(folder: string, user: PostgresUser | undefined): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    if (user !== undefined) chownSync(folder, user.uid, user.gid);
    else chmodSync(folder, 0o700);
  } catch (error) {
    throw explainFileFault(error, folder);
  }
}

function collect(child: ChildProcess): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}

async function initialise(
  binaries: PostgresBinaries,
  settings: EmbeddedPostgresSettings,
  user: PostgresUser | undefined,
): Promise<void> {
  const { folder } = settings;
  const passwordFile = join(folder, "initial-password");
  // Made beside its place and renamed, so that an initdb that was killed is begun again.
  const unfinished = join(folder, "data.unfinished");
  try {
    rmSync(unfinished, { recursive: true, force: true });
    rmSync(passwordFile, { force: true });
    writeFileSync(passwordFile, settings.password, { mode: 0o600 });
    if (user !== undefined) chownSync(passwordFile, user.uid, user.gid);
    const child = spawn(
      binaries.initdb,
      [
        `--pgdata=${unfinished}`,
        "--username=postgres",
        `--pwfile=${passwordFile}`,
        "--auth=scram-sha-256",
        "--locale=C",
        "--encoding=UTF8",
        "--no-instructions",
        ...(settings.isDurable ? [] : ["--no-sync"]),
      ],
      { cwd: folder, env: childEnvironment({ LC_ALL: "C" }), stdio: ["ignore", "pipe", "pipe"], ...user },
    );
    const { code, output } = await collect(child);
    if (code !== 0) throw explainOutput(output, settings, needed.newDatabase);
    renameSync(unfinished, join(folder, "data"));
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw explainFileFault(error, folder);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function serverOptions(settings: EmbeddedPostgresSettings, port: number): string[] {
  const options = {
    port: String(port),
    listen_addresses: host,
    // TCP alone: a socket's path may not be longer than about 100 bytes.
    unix_socket_directories: "",
    max_connections: "200",
    timezone: "UTC",
    log_timezone: "UTC",
    jit: "off",
    max_wal_size: "256MB",
    ...(settings.isDurable ? {} : { fsync: "off", full_page_writes: "off" }),
  };
  return Object.entries(options).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

type Attempt = { readonly pid: number } | { readonly output: string };

/** Starts the server detached: Ctrl-C at the terminal must reach the launcher alone, which stops the users first. */
async function launch(
  binaries: PostgresBinaries,
  settings: EmbeddedPostgresSettings,
  user: PostgresUser | undefined,
  port: number,
): Promise<Attempt> {
  const data = join(settings.folder, "data");
  const logPath = join(settings.folder, "postgresql.log");
  if (existsSync(logPath)) renameSync(logPath, `${logPath}.old`);
  const log = openSync(logPath, "a", 0o600);
  const child = spawn(binaries.postgres, ["-D", data, ...serverOptions(settings, port)], {
    cwd: data,
    env: childEnvironment({ LC_ALL: "C" }),
    stdio: ["ignore", log, log],
    detached: process.platform !== "win32",
    ...user,
  });
  closeSync(log);
  let hasEnded = false;
  child.once("exit", () => {
    hasEnded = true;
  });
  const failed = new Promise<never>((_, reject) => child.once("error", reject));
  const started = (async (): Promise<Attempt> => {
    for (const until = Date.now() + startDeadlineMs; Date.now() < until; await sleep(10)) {
      if (hasEnded) return { output: readFileSync(logPath, "utf8") };
      const status = readPidFile(data);
      if (status?.pid === child.pid && status?.isReady) return { pid: status.pid };
    }
    child.kill("SIGQUIT");
    return { output: `FATAL: it was not ready after ${startDeadlineMs / 1000} s` };
  })();
  const attempt = await Promise.race([started, failed]);
  child.unref();
  return attempt;
}

async function answersAsOurs(settings: EmbeddedPostgresSettings, port: number): Promise<boolean> {
  const client = new pg.Client({
    connectionString: roleUrl(port, "postgres", "postgres", settings.password),
    connectionTimeoutMillis: 2_000,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query("SELECT current_setting('data_directory') AS folder");
    return rows[0]?.folder === join(settings.folder, "data");
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Finds a server that a killed launcher left behind; it may still be recovering or stopping. */
async function findRunning(settings: EmbeddedPostgresSettings): Promise<{ pid: number; port: number } | undefined> {
  const data = join(settings.folder, "data");
  for (const until = Date.now() + 30_000; Date.now() < until; await sleep(100)) {
    const status = readPidFile(data);
    if (status === undefined) return undefined;
    if (!isAliveAs(status.pid, "postgres")) {
      // The id may belong to another program by now, which PostgreSQL would mistake for itself.
      rmSync(pidFilePath(data), { force: true });
      return undefined;
    }
    if (status.port > 0 && (await answersAsOurs(settings, status.port))) return status;
  }
  throw new LaunchError(
    `A PostgreSQL (process ${readPidFile(data)?.pid}) uses ${data} but does not answer: stop that process and start again.`,
  );
}

async function startFresh(
  settings: EmbeddedPostgresSettings,
  user: PostgresUser | undefined,
): Promise<{ pid: number; port: number }> {
  const binaries = postgresBinaries(user);
  prepareFolder(settings.folder, user);
  if (!existsSync(join(settings.folder, "data"))) await initialise(binaries, settings, user);
  let next = "from" in settings.port ? settings.port.from : settings.port.exactly;
  for (const until = Date.now() + startDeadlineMs; ; ) {
    const port = "from" in settings.port ? await firstFreePort(next) : next;
    const attempt = await launch(binaries, settings, user, port);
    if ("pid" in attempt) return { pid: attempt.pid, port };
    const { output } = attempt;
    const isTaken = /Address already in use/.test(output);
    // Sessions of a server that was killed take a moment to notice it.
    const isLeaving = /pre-existing shared memory block|lock file .* already exists/.test(output);
    if (isTaken && "exactly" in settings.port) {
      throw new LaunchError(
        `Port ${port} is taken by another program, PostgreSQL wants it: stop that program or set ETALASE_PORT_POSTGRES.`,
      );
    }
    if (Date.now() > until || !(isTaken || isLeaving)) throw explainOutput(output, settings);
    if (isTaken) next = port + 1;
    else await sleep(200);
  }
}

async function stopServer(pid: number): Promise<void> {
  // Fast, immediate, then without asking; PostgreSQL recovers from each. Source: its manual, "Shutting Down the Server".
  const steps: [NodeJS.Signals, number][] = [
    ["SIGINT", 20_000],
    ["SIGQUIT", 5_000],
    ["SIGKILL", 2_000],
  ];
  for (const [name, deadlineMs] of steps) {
    if (!isAliveAs(pid, "postgres")) return;
    signal(pid, name);
    if (await waitForEnd(pid, deadlineMs)) return;
  }
}

/**
 * Runs a real PostgreSQL 17 from npm's package: makes its data folder the first time, and takes over a server that a
 * killed launcher left behind. It listens on 127.0.0.1 alone and asks everybody for a password (scram-sha-256).
 * @throws LaunchError one sentence: full disk, taken port, folder of another user.
 */
export async function startEmbeddedPostgres(settings: EmbeddedPostgresSettings): Promise<EmbeddedPostgres> {
  const user = postgresUser();
  const data = join(settings.folder, "data");
  const owner = user?.uid ?? process.getuid?.();
  if (existsSync(data) && owner !== undefined && statSync(data).uid !== owner) {
    throw explainOutput("wrong ownership", settings);
  }
  const running = await findRunning(settings);
  const server = running ?? (await startFresh(settings, user));
  return {
    ...server,
    isReused: running !== undefined,
    superuserUrl: (database) => roleUrl(server.port, database, "postgres", settings.password),
    roleUrl: (database, role, password) => roleUrl(server.port, database, role, password),
    stop: () => stopServer(server.pid),
  };
}

/** Stops the server of a folder when one runs; for `npm run reset` and for what a killed run left behind. */
export async function stopLeftBehind(folder: string): Promise<void> {
  const status = readPidFile(join(folder, "data"));
  if (status !== undefined) await stopServer(status.pid);
}
