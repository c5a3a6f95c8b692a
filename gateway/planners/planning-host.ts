import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { projectRoot } from "../../platform/runtime/project-root.ts";
import type { Plan, PlannerName } from "../plans/plan.ts";
import type { ActiveLabels, LoadedSupergraph, PlanRequest, ThreadMessage } from "./protocol.ts";

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

/** Plans operations of one supergraph in a thread. */
export interface PlanningHost {
  readonly loaded: LoadedSupergraph;
  /** Rejects with PlanningError: no planner can plan it, it took too long, the thread crashed. */
  readonly plan: (document: string, labels: ActiveLabels) => Promise<Plan>;
  readonly close: () => Promise<void>;
}

interface Job {
  readonly request: PlanRequest;
  readonly resolve: (plan: Plan) => void;
  readonly reject: (error: PlanningError) => void;
}

// Sources run as they are in tests, but a thread of Node 20 reads JavaScript alone: the built one.
const threadFile = import.meta.url.endsWith(".ts")
  ? `${projectRoot}/dist/gateway/planners/planning-thread.js`
  : fileURLToPath(new URL("./planning-thread.js", import.meta.url));

interface LoadedThread {
  readonly worker: Worker;
  readonly loaded: LoadedSupergraph;
}

function startThread(sdl: string, planner: PlannerName, loadMs: number): Promise<LoadedThread> {
  const worker = new Worker(threadFile, { workerData: { sdl, planner }, stdout: false, stderr: false });
  // A thread that only waits for operations must not keep the process alive.
  worker.unref();
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => {
      clearTimeout(timer);
      void worker.terminate();
      reject(new PlanningError(`the supergraph cannot be planned for: ${reason}`, false));
    };
    const timer = setTimeout(() => fail(`reading it took longer than ${loadMs} ms`), loadMs);
    worker.once("error", (error) => fail(error.message));
    worker.once("message", (message: ThreadMessage) => {
      if (message.kind !== "loaded") return fail(message.kind === "unusable" ? message.reason : "unexpected message");
      clearTimeout(timer);
      worker.removeAllListeners("error");
      resolve({ worker, loaded: message });
    });
  });
}

class Host implements PlanningHost {
  readonly loaded: LoadedSupergraph;
  readonly #start: () => Promise<LoadedThread>;
  readonly #planMs: number;
  readonly #waiting: Job[] = [];
  #worker: Worker | undefined;
  #current: Job | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #lastId = 0;

  constructor(thread: LoadedThread, start: () => Promise<LoadedThread>, planMs: number) {
    this.loaded = thread.loaded;
    this.#start = start;
    this.#planMs = planMs;
    this.#use(thread.worker);
  }

  plan(document: string, labels: ActiveLabels): Promise<Plan> {
    return new Promise((resolve, reject) => {
      this.#lastId += 1;
      this.#waiting.push({ request: { id: this.#lastId, document, labels }, resolve, reject });
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const closing = new PlanningError("the supergraph is no longer in use", true);
    this.#current?.reject(closing);
    for (const job of this.#waiting.splice(0)) job.reject(closing);
    await this.#worker?.terminate();
  }

  #use(worker: Worker): void {
    this.#worker = worker;
    worker.on("message", (message: ThreadMessage) => this.#hear(message));
    worker.on("error", (error) =>
      this.#restart(worker, new PlanningError(`the planner crashed: ${error.message}`, false)),
    );
    worker.on("exit", () => this.#restart(worker, new PlanningError("the planner ended", false)));
    this.#next();
  }

  #next(): void {
    if (this.#current !== undefined || this.#worker === undefined) return;
    const worker = this.#worker;
    this.#current = this.#waiting.shift();
    if (this.#current === undefined) return;
    this.#timer = setTimeout(() => {
      this.#restart(worker, new PlanningError(`planning took longer than ${this.#planMs} ms`, true));
    }, this.#planMs);
    worker.postMessage(this.#current.request);
  }

  #hear(message: ThreadMessage): void {
    const job = this.#current;
    if (job === undefined || !("id" in message) || message.id !== job.request.id) return;
    clearTimeout(this.#timer);
    this.#current = undefined;
    if (message.kind === "planned") job.resolve(message.plan);
    else job.reject(new PlanningError(message.reason, false));
    this.#next();
  }

  /** What was being planned has failed; what waits is planned by a new thread. */
  #restart(worker: Worker, error: PlanningError): void {
    if (this.#isClosed || this.#worker !== worker) return;
    this.#worker = undefined;
    clearTimeout(this.#timer);
    this.#current?.reject(error);
    this.#current = undefined;
    worker.removeAllListeners();
    void worker.terminate();
    this.#start().then(
      (thread) => (this.#isClosed ? void thread.worker.terminate() : this.#use(thread.worker)),
      (cause: PlanningError) => {
        for (const job of this.#waiting.splice(0)) job.reject(cause);
      },
    );
  }
}

/** Starts a thread for a supergraph and waits until it is read. Rejects with PlanningError. */
export async function startPlanning(sdl: string, planner: PlannerName, limits: PlanningLimits): Promise<PlanningHost> {
  const start = () => startThread(sdl, planner, limits.loadMs);
  return new Host(await start(), start, limits.planMs);
}
