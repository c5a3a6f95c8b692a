import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { systemCode } from "./launch-error.ts";

/** Whether a process of this id exists, whoever owns it. A process that ended but was not reaped does not count. */
export function isAlive(pid: number): boolean {
  // Zero and below are names of process groups, our own among them.
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (systemCode(error) === "EPERM") return true;
    return false;
  }
  return !isZombie(pid);
}

function isZombie(pid: number): boolean {
  if (process.platform !== "linux") return false;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
  } catch {
    return false;
  }
}

/**
 * The command line of a process; undefined when there is none of this id or the system does not tell.
 * A process id alone proves nothing: the system gives it to somebody else once its process has ended.
 */
export function commandOf(pid: number): string | undefined {
  if (process.platform === "linux") {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    } catch {
      return undefined;
    }
  }
  if (process.platform === "win32") return undefined;
  const ps = spawnSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" });
  return ps.status === 0 ? ps.stdout.trim() : undefined;
}

/** Whether a process is alive and its command line contains `mark`; where the system does not tell, alive is enough. */
export function isAliveAs(pid: number, mark: string): boolean {
  return isAlive(pid) && (commandOf(pid)?.includes(mark) ?? true);
}

/** Waits until a process has ended; answers false when it is still there at the deadline. */
export async function waitForEnd(pid: number, deadlineMs: number): Promise<boolean> {
  const until = Date.now() + deadlineMs;
  while (isAlive(pid)) {
    if (Date.now() > until) return false;
    await sleep(20);
  }
  return true;
}

/** Sends a signal to one process, never to a group; a process that has ended already is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  if (!Number.isInteger(pid) || pid <= 0) throw new Error(`${pid} is no process id`);
  try {
    process.kill(pid, name);
  } catch (error) {
    if (systemCode(error) !== "ESRCH") throw error;
  }
}
