import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { childEnvironment } from "./child-environment.ts";
import { isOfFullDisk } from "./full-disk.ts";
import { explainFileFault, fullDisk, LaunchError } from "./launch-error.ts";
import { lastSentence, tailOf } from "./log-tail.ts";
import type { ProcessSpec } from "./process-spec.ts";

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process that was started. */
export interface ManagedProcess {
  readonly spec: ProcessSpec;
  readonly pid: number;
  readonly logFile: string;
  /** Settles when it has ended; never rejects. */
  readonly ended: Promise<ProcessEnd>;
  readonly hasEnded: () => boolean;
  /** Sends a signal; none is sent to a process that has ended. */
  readonly signal: (name: NodeJS.Signals) => void;
  /** Asks it to end and, past the deadline, ends it. */
  readonly stop: (deadlineMs?: number) => Promise<ProcessEnd>;
}

// Longer than what the processes give themselves: 10 s, the gateway its slowest subgraph's time and a margin.
const stopDeadlineMs = 20_000;

function openLog(file: string): number {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    return openSync(file, "a", 0o600);
  } catch (error) {
    throw explainFileFault(error, dirname(file));
  }
}

function endOf(child: ChildProcess): Promise<ProcessEnd> {
  return new Promise((resolve) => {
    child.once("error", () => resolve({ code: 127, signal: null }));
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
}

/**
 * Starts a process that writes to a log file and ends when this process does: it holds one end of an IPC channel and
 * notices when the other is gone, however that happened. It has a process group of its own, so that Ctrl-C at the
 * terminal reaches the launcher alone. @throws LaunchError when the program is not built
 */
export function startProcess(spec: ProcessSpec, logFile: string): ManagedProcess {
  if (!existsSync(spec.entry)) {
    throw new LaunchError(`${spec.name}: ${spec.entry} does not exist: run \`npm run build\` first.`);
  }
  const log = openLog(logFile);
  const child = spawn(process.execPath, [...(spec.nodeFlags ?? []), spec.entry, ...spec.args], {
    env: childEnvironment(spec.environment),
    stdio: ["ignore", log, log, "ipc"],
    detached: process.platform !== "win32",
  });
  closeSync(log);
  let isOver = false;
  const ended = endOf(child).then((end) => {
    isOver = true;
    return end;
  });
  async function stop(deadlineMs: number = stopDeadlineMs): Promise<ProcessEnd> {
    if (!isOver) child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), deadlineMs);
    const end = await ended;
    clearTimeout(timer);
    return end;
  }
  return {
    spec,
    pid: child.pid ?? 0,
    logFile,
    ended,
    hasEnded: () => isOver,
    signal: (name) => void (isOver || child.kill(name)),
    stop,
  };
}

/** How a process ended, in words. */
export function describeEnd({ code, signal }: ProcessEnd): string {
  return signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
}

function explainEnd({ spec, logFile }: ManagedProcess, end: ProcessEnd): LaunchError {
  if (isOfFullDisk(tailOf(logFile), dirname(logFile))) return fullDisk(dirname(logFile));
  return new LaunchError(`${spec.name} ${describeEnd(end)}: ${lastSentence(logFile)} (log: ${logFile})`);
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** Waits until all health addresses of a process answer 200. @throws LaunchError when it ends before, or is too slow. */
export async function waitUntilReady(running: ManagedProcess, deadlineMs: number): Promise<void> {
  const until = Date.now() + deadlineMs;
  const { name, healthUrls } = running.spec;
  for (const url of healthUrls) {
    while (!(await answers(url))) {
      if (running.hasEnded()) {
        throw explainEnd(running, await running.ended);
      }
      if (Date.now() > until) {
        throw new LaunchError(`${name} was not ready after ${deadlineMs / 1000} s (log: ${running.logFile}).`);
      }
      await sleep(40);
    }
  }
}

/** Runs a program to its end. @throws LaunchError with its own last sentence when it fails */
export async function runToEnd(running: ManagedProcess): Promise<void> {
  const end = await running.ended;
  if (end.code === 0) return;
  throw explainEnd(running, end);
}
