import { readFileSync } from "node:fs";
import process from "node:process";
import { commandOf, isAlive } from "./processes.ts";

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    return parent > 1 ? parent : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The processes of `npm start` above this one: npm, and the shell in which it runs a script. None when npm did not
 * start it. A signal to npm reaches neither the shell's children nor, when it is SIGKILL, anybody: they must be watched.
 */
export function launchingNpm(environment: NodeJS.ProcessEnv): number[] {
  const parent = process.ppid;
  if (environment.npm_lifecycle_event === undefined || parent <= 1) return [];
  const isShell = / -c /.test(commandOf(parent) ?? "");
  const above = isShell ? parentOf(parent) : undefined;
  return above === undefined ? [parent] : [parent, above];
}

const intervalMs = 200;

/** Calls `onGone` once when one of these processes has ended. Answers how to stop watching. */
export function watchProcesses(pids: readonly number[], onGone: () => void): () => void {
  if (pids.length === 0) return () => undefined;
  const timer = setInterval(() => {
    if (pids.every(isAlive)) return;
    clearInterval(timer);
    onGone();
  }, intervalMs);
  return () => clearInterval(timer);
}
