import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stopLeftBehind } from "../../launcher/embedded-postgres.ts";
import { isAlive } from "../../launcher/processes.ts";

const prefix = "etalase-test-";
const variable = "ETALASE_TEST_RUN";

async function sweep(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    const pid = Number(name.slice(prefix.length).split("-")[0]);
    if (!Number.isInteger(pid) || isAlive(pid)) continue;
    // The folder of a run that was killed; it may be another user's.
    try {
      await stopLeftBehind(join(tmpdir(), name, "postgres"));
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    } catch {}
  }
}

/** Opens a run: a folder of its own below the system's temporary one, which its workers find in their environment. */
export async function openTestRun(): Promise<string> {
  await sweep();
  const folder = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
  chmodSync(folder, 0o711);
  mkdirSync(join(folder, "locks"));
  process.env[variable] = folder;
  return folder;
}

/** Ends what the run started and removes its folder. */
export async function closeTestRun(folder: string): Promise<void> {
  await stopLeftBehind(join(folder, "postgres"));
  rmSync(folder, { recursive: true, force: true });
}

/** Whether this is part of a run of jest. */
export function hasTestRun(): boolean {
  return process.env[variable] !== undefined;
}

/** Folder of the present run. @throws Error outside jest. */
export function testRunFolder(): string {
  const folder = process.env[variable];
  if (folder === undefined) throw new Error(`${variable} is not set: run the tests with \`npm test\``);
  return folder;
}
