import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { projectRoot } from "../../platform/runtime/project-root.ts";
import type { Plan, PlannerName } from "../plans/plan.ts";
import { BoundedCache } from "../policy/bounded-cache.ts";
import type { ActiveLabels, LoadedSupergraph, PlannerMessage, PlanRequest, ReadRequest } from "./protocol.ts";

/** An operation could not be planned. Its message is for the log. */
export class PlanningError extends Error {
  override readonly name = "PlanningError";
  /** Whether planning it again may help. */
  readonly isTimeout: boolean;

  constructor(message: string, isTimeout: boolean) {
    super(message);
    this.isTimeout = isTimeout;
  }
}

/** Bounds of planning. */
export interface PlanningLimits {
  /** For one operation, from when its turn comes. */
  readonly planMs: number;
  /** For reading a supergraph. */
  readonly loadMs: number;
}

/** Plans operations of one supergraph in a process of its own. */
export interface PlanningHost {
  readonly loaded: LoadedSupergraph;
  /** Rejects with PlanningError: no planner can plan it, it took too long, the planner crashed. */
  readonly plan: (document: string, labels: ActiveLabels) => Promise<Plan>;
  /** Plans what is waiting, then ends. */
  readonly retire: () => void;
  readonly close: () => Promise<void>;
}

interface Job {
  readonly request: PlanRequest;
  readonly resolve: (plan: Plan) => void;
  readonly reject: (error: PlanningError) => void;
}

// Sources run as they are in tests, but a process of Node 20 reads JavaScript alone: the built one.
const processFile = import.meta.url.endsWith(".ts")
  ? `${projectRoot}/dist/gateway/planners/planning-process.js`
  : fileURLToPath(new URL("./planning-process.js", import.meta.url));

interface LoadedProcess {
  readonly child: ChildProcess;
  readonly loaded: LoadedSupergraph;
}

function startProcess(sdl: string, planner: PlannerName, loadMs: number): Promise<LoadedProcess> {
  const child = fork(processFile, {
    execArgv: [],
    serialization: "advanced",
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => {
      clearTimeout(timer);
      child.removeAllListeners();
      child.kill("SIGKILL");
      reject(new PlanningError(`the supergraph cannot be planned for: ${reason}`, false));
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
    child.send({ kind: "read", sdl, planner } satisfies ReadRequest);
  });
}

class Host implements PlanningHost {
  readonly loaded: LoadedSupergraph;
  readonly #start: () => Promise<LoadedProcess>;
  readonly #planMs: number;
  readonly #waiting: Job[] = [];
  /** Documents that made the native planner crash. */
  readonly #crashers = new BoundedCache<string, true>(1_000);
  #child: ChildProcess | undefined;
  #current: Job | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #isRetired = false;
  #lastId = 0;

  constructor(started: LoadedProcess, start: () => Promise<LoadedProcess>, planMs: number) {
    this.loaded = started.loaded;
    this.#start = start;
    this.#planMs = planMs;
    this.#use(started.child);
  }

  plan(document: string, labels: ActiveLabels): Promise<Plan> {
    if (this.#isClosed) return Promise.reject(new PlanningError("the supergraph is no longer in use", true));
    return new Promise((resolve, reject) => {
      this.#lastId += 1;
      const avoidsNative = this.#crashers.get(document) === true;
      this.#waiting.push({
        request: { kind: "plan", id: this.#lastId, document, labels, avoidsNative },
        resolve,
        reject,
      });
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const closing = new PlanningError("the supergraph is no longer in use", true);
    this.#current?.reject(closing);
    for (const job of this.#waiting.splice(0)) job.reject(closing);
    this.#child?.removeAllListeners();
    this.#child?.kill("SIGKILL");
  }

  retire(): void {
    this.#isRetired = true;
    this.#next();
  }

  #use(child: ChildProcess): void {
    this.#child = child;
    child.on("message", (message: PlannerMessage) => this.#hear(message));
    child.on("error", () => this.#crashed(child));
    child.on("exit", () => this.#crashed(child));
    this.#next();
  }

  #next(): void {
    if (this.#current !== undefined || this.#child === undefined) return;
    const child = this.#child;
    this.#current = this.#waiting.shift();
    if (this.#current === undefined) {
      if (this.#isRetired) void this.close();
      return;
    }
    this.#timer = setTimeout(() => {
      this.#current?.reject(new PlanningError(`planning took longer than ${this.#planMs} ms`, true));
      this.#restart(child);
    }, this.#planMs);
    child.send(this.#current.request);
  }

  #hear(message: PlannerMessage): void {
    const job = this.#current;
    if (job === undefined || !("id" in message) || message.id !== job.request.id) return;
    clearTimeout(this.#timer);
    this.#current = undefined;
    if (message.kind === "planned") job.resolve(message.plan);
    else job.reject(new PlanningError(message.reason, false));
    this.#next();
  }

  /** The document that was being planned is given to the other planner; if that was it already, it has failed. */
  #crashed(child: ChildProcess): void {
    const job = this.#current;
    if (job !== undefined && this.#child === child) {
      if (job.request.avoidsNative || this.loaded.planner === "apollo") {
        job.reject(new PlanningError("the planner crashed", false));
      } else {
        this.#crashers.set(job.request.document, true);
        this.#waiting.unshift({ ...job, request: { ...job.request, avoidsNative: true } });
      }
    }
    this.#restart(child);
  }

  #restart(child: ChildProcess): void {
    if (this.#isClosed || this.#child !== child) return;
    this.#child = undefined;
    this.#current = undefined;
    clearTimeout(this.#timer);
    child.removeAllListeners();
    child.kill("SIGKILL");
    this.#start().then(
      (started) => (this.#isClosed ? void started.child.kill("SIGKILL") : this.#use(started.child)),
      (cause: PlanningError) => {
        for (const job of this.#waiting.splice(0)) job.reject(cause);
      },
    );
  }
}

/** Starts a process for a supergraph and waits until it is read. Rejects with PlanningError. */
export async function startPlanning(sdl: string, planner: PlannerName, limits: PlanningLimits): Promise<PlanningHost> {
  const start = () => startProcess(sdl, planner, limits.loadMs);
  return new Host(await start(), start, limits.planMs);
}
