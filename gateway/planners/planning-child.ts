import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { projectRoot } from "../../platform/runtime/project-root.ts";
import type { PlannerName } from "../plans/plan.ts";
import { PlanningError } from "./planning-error.ts";
import type { ProcessPool } from "./process-pool.ts";
import type { LoadedSupergraph, PlannerMessage, ReadRequest } from "./protocol.ts";

// Sources run as they are in tests, but a process of Node 20 reads JavaScript alone: the built one.
const processFile = import.meta.url.endsWith(".ts")
  ? `${projectRoot}/dist/gateway/planners/planning-process.js`
  : fileURLToPath(new URL("./planning-process.js", import.meta.url));

/** Bounds of a planning process. */
export interface ProcessLimits {
  /** For reading a supergraph. */
  readonly loadMs: number;
  /** Of the process, resident: above it the process is replaced. Its JavaScript heap may grow to two thirds of it. */
  readonly memoryBytes: number;
}

/** A process that has read its supergraph. */
export interface LoadedProcess {
  readonly child: ChildProcess;
  readonly loaded: LoadedSupergraph;
}

const heapShare = 2 / 3;

function forkProcess({ memoryBytes }: ProcessLimits): ChildProcess {
  return fork(processFile, {
    // A planner that runs into this aborts, and with it the one operation that it was planning.
    execArgv: [`--max-old-space-size=${Math.ceil((memoryBytes * heapShare) / 2 ** 20)}`],
    serialization: "advanced",
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
}

/**
 * Has a process read a supergraph, one that waits in the pool before a new one, and waits until it has. Rejects with
 * PlanningError.
 */
export async function startProcess(
  sdl: string,
  planner: PlannerName,
  limits: ProcessLimits,
  pool: ProcessPool,
): Promise<LoadedProcess> {
  const used = pool.take();
  if (used !== undefined) {
    // What a process that has seen other supergraphs cannot read, a new one may.
    const loaded = await readIn(used, sdl, planner, limits).catch(() => undefined);
    if (loaded !== undefined) return loaded;
  }
  return readIn(forkProcess(limits), sdl, planner, limits);
}

function readIn(child: ChildProcess, sdl: string, planner: PlannerName, limits: ProcessLimits): Promise<LoadedProcess> {
  const { loadMs, memoryBytes } = limits;
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => {
      clearTimeout(timer);
      child.removeAllListeners();
      child.kill("SIGKILL");
      reject(new PlanningError(`the supergraph cannot be planned for: ${reason}`, "unusable"));
    };
    const timer = setTimeout(() => fail(`reading it took longer than ${loadMs} ms`), loadMs);
    child.once("error", (error) => fail(error.message));
    child.once("exit", (code, signal) => fail(`the planner ended (${signal ?? code})`));
    child.once("message", (message: PlannerMessage) => {
      if (message.kind !== "loaded") return fail(message.kind === "unusable" ? message.reason : "unexpected message");
      clearTimeout(timer);
      child.removeAllListeners();
      // Planning alone must not keep the gateway's process alive.
      child.unref();
      child.channel?.unref();
      resolve({ child, loaded: message });
    });
    // A process that has just ended takes no message; its exit tells the same.
    child.send({ kind: "read", sdl, planner, memoryBytes } satisfies ReadRequest, () => undefined);
  });
}
