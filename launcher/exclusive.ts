import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { systemCode } from "./launch-error.ts";
import { isAliveAs } from "./processes.ts";

/** Somebody else holds a lock. */
export interface LockHolder {
  readonly pid: number;
  /** Processes without which the holder ends by itself. */
  readonly companions: readonly number[];
}

/** A lock that this process holds. */
export interface Lock {
  readonly release: () => void;
}

function holderOf(file: string): LockHolder | undefined {
  try {
    const [pid = 0, ...companions] = readFileSync(file, "utf8").trim().split("\n").map(Number);
    return { pid, companions };
  } catch {
    return undefined;
  }
}

/**
 * Takes a lock file, or answers who holds it. The file of a process that is gone is taken over: one that ended, or
 * whose id belongs to a program whose command line does not contain `mark`.
 */
export function tryLock(file: string, mark = "", companions: readonly number[] = []): Lock | LockHolder {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      const handle = openSync(file, "wx", 0o600);
      writeSync(handle, [process.pid, ...companions].join("\n"));
      closeSync(handle);
      return { release: () => rmSync(file, { force: true }) };
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw error;
    }
    const holder = holderOf(file);
    // An empty file is one that is being written this moment.
    if (holder !== undefined && holder.pid > 0 && !isAliveAs(holder.pid, mark)) rmSync(file, { force: true });
    else if (holder !== undefined) return holder;
  }
  return holderOf(file) ?? { pid: 0, companions: [] };
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
