import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { systemCode } from "./launch-error.ts";
import { isAliveAs } from "./processes.ts";

/** Somebody else holds a lock. */
export interface LockHolder {
  readonly pid: number;
}

/** A lock that this process holds. */
export interface Lock {
  readonly release: () => void;
}

function holderOf(file: string): number | undefined {
  try {
    return Number(readFileSync(file, "utf8").trim());
  } catch {
    return undefined;
  }
}

/**
 * Takes a lock file, or answers who holds it. The file of a process that is gone is taken over: one that ended, or
 * whose id belongs to a program whose command line does not contain `mark`.
 */
export function tryLock(file: string, mark = ""): Lock | LockHolder {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      const handle = openSync(file, "wx", 0o600);
      writeSync(handle, String(process.pid));
      closeSync(handle);
      return { release: () => rmSync(file, { force: true }) };
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw error;
    }
    const pid = holderOf(file);
    // An empty file is one that is being written this moment.
    if (pid !== undefined && pid > 0 && !isAliveAs(pid, mark)) rmSync(file, { force: true });
    else if (pid !== undefined) return { pid };
  }
  return { pid: holderOf(file) ?? 0 };
}

/** Does work while holding a lock file, and waits for it first. @throws Error when it is not free after `deadlineMs`. */
export async function exclusively<Value>(file: string, deadlineMs: number, work: () => Promise<Value>): Promise<Value> {
  const until = Date.now() + deadlineMs;
  for (;;) {
    const lock = tryLock(file);
    if ("release" in lock) {
      try {
        return await work();
      } finally {
        lock.release();
      }
    }
    if (Date.now() > until) throw new Error(`process ${lock.pid} holds ${file} for more than ${deadlineMs / 1000} s`);
    await sleep(30);
  }
}
