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
  /** Of the process, resident: above it the process is replaced. Its JavaScript heap may grow to two thirds of it. */
  readonly memoryBytes: number;
  /** Operations that may wait for their turn; one more is refused at once. */
  readonly waiting: number;
  /** Before a process that ended early is started again; doubled up to `longestRestartMs` while none lasts. */
  readonly restartMs: number;
  readonly longestRestartMs: number;
  /** How often the native planner may end its process within a minute; then Apollo's alone plans until it is over. */
  readonly crashesPerMinute: number;
}

/** For the ordinary gateway. */
export const defaultPlanningLimits: PlanningLimits = {
  planMs: 10_000,
  loadMs: 60_000,
  memoryBytes: 1_536 * 1024 * 1024,
  waiting: 1_000,
  restartMs: 100,
  longestRestartMs: 30_000,
  crashesPerMinute: 3,
};

/** Plans operations of one supergraph in a process of its own. */
export interface PlanningHost {
  readonly loaded: LoadedSupergraph;
  /** Rejects with PlanningError: no planner can plan it, it took too long, the planner crashed. */
  readonly plan: (document: string, labels: ActiveLabels) => Promise<Plan>;
  /** Of the process that plans now; undefined while another one starts. */
  readonly processId: () => number | undefined;
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

const heapShare = 2 / 3;

function startProcess(sdl: string, planner: PlannerName, limits: PlanningLimits): Promise<LoadedProcess> {
  const { loadMs, memoryBytes } = limits;
  const child = fork(processFile, {
    // A planner that runs into this aborts, and with it the one operation that it was planning.
    execArgv: [`--max-old-space-size=${Math.ceil((memoryBytes * heapShare) / 2 ** 20)}`],
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
    child.send({ kind: "read", sdl, planner, memoryBytes } satisfies ReadRequest);
  });
}

/** How long a document that could not be planned in time is refused at once: it would hold everybody else up again. */
const slowForMs = 60_000;
const minuteMs = 60_000;

class Host implements PlanningHost {
  readonly loaded: LoadedSupergraph;
  readonly #start: () => Promise<LoadedProcess>;
  readonly #limits: PlanningLimits;
  readonly #waiting: Job[] = [];
  /** Documents that made the native planner crash. */
  readonly #crashers = new BoundedCache<string, true>(1_000);
  /** When a document last did, as far as it counts. */
  #crashes: readonly number[] = [];
  /** Documents that took too long, and until when they are refused. */
  readonly #slow = new BoundedCache<string, number>(1_000);
  #child: ChildProcess | undefined;
  #current: Job | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStarting = false;
  #isClosed = false;
  #isRetired = false;
  /** Processes in a row that planned nothing. */
  #shortLives = 0;
  #lastId = 0;

  constructor(started: LoadedProcess, start: () => Promise<LoadedProcess>, limits: PlanningLimits) {
    this.loaded = started.loaded;
    this.#start = start;
    this.#limits = limits;
    this.#use(started.child);
  }

  readonly processId = (): number | undefined => this.#child?.pid;

  plan(document: string, labels: ActiveLabels): Promise<Plan> {
    if (this.#isClosed) return Promise.reject(new PlanningError("the supergraph is no longer in use", true));
    if ((this.#slow.get(document) ?? 0) > performance.now()) {
      return Promise.reject(new PlanningError("planning it took too long a short while ago", true));
    }
    if (this.#waiting.length >= this.#limits.waiting) {
      return Promise.reject(new PlanningError(`${this.#waiting.length} operations wait to be planned`, true));
    }
    return new Promise((resolve, reject) => {
      this.#lastId += 1;
      const avoidsNative = this.#crashers.get(document) === true || this.#crashesOften();
      const request: PlanRequest = { kind: "plan", id: this.#lastId, document, labels, avoidsNative };
      this.#waiting.push({ request, resolve, reject });
      if (this.#child === undefined) this.#restart();
      else this.#next();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const closing = new PlanningError("the supergraph is no longer in use", true);
    this.#current?.reject(closing);
    this.#rejectWaiting(closing);
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
    const { request } = this.#current;
    this.#timer = setTimeout(() => this.#expired(child), this.#limits.planMs);
    // A process that has just ended takes no message; its exit tells the same.
    child.send(request, () => undefined);
  }

  #hear(message: PlannerMessage): void {
    const job = this.#current;
    if (job === undefined || !("id" in message) || message.id !== job.request.id) return;
    clearTimeout(this.#timer);
    this.#current = undefined;
    this.#shortLives = 0;
    if (message.kind === "planned") job.resolve(message.plan);
    else job.reject(new PlanningError(message.reason, false));
    if (message.isFull) this.#discard();
    else this.#next();
  }

  #expired(child: ChildProcess): void {
    const job = this.#current;
    if (job === undefined || this.#child !== child) return;
    this.#slow.set(job.request.document, performance.now() + slowForMs);
    job.reject(new PlanningError(`planning took longer than ${this.#limits.planMs} ms`, true));
    this.#discard();
  }

  /** The document that was being planned is given to the other planner; if that was it already, it has failed. */
  #crashed(child: ChildProcess): void {
    if (this.#child !== child) return;
    const job = this.#current;
    if (job !== undefined) {
      if (job.request.avoidsNative || this.loaded.planner === "apollo") {
        job.reject(new PlanningError("the planner crashed", false));
      } else {
        this.#crashers.set(job.request.document, true);
        this.#crashes = [...this.#crashes, performance.now()];
        this.#waiting.unshift({ ...job, request: { ...job.request, avoidsNative: true } });
      }
    }
    this.#shortLives += 1;
    this.#discard();
  }

  /** Whoever sends one such document after the other would keep a process starting for ever. */
  #crashesOften(): boolean {
    if (this.#crashes.length === 0) return false;
    const since = performance.now() - minuteMs;
    this.#crashes = this.#crashes.filter((at) => at > since);
    return this.#crashes.length >= this.#limits.crashesPerMinute;
  }

  /** Ends the process, and has another one start. */
  #discard(): void {
    const child = this.#child;
    this.#child = undefined;
    this.#current = undefined;
    clearTimeout(this.#timer);
    child?.removeAllListeners();
    child?.kill("SIGKILL");
    this.#restart();
  }

  /** One process at a time; after one that lasted, at once, else later each time: a planner that always ends costs little. */
  #restart(): void {
    if (this.#isClosed || this.#isStarting || this.#child !== undefined) return;
    this.#isStarting = true;
    const { restartMs, longestRestartMs } = this.#limits;
    const pauseMs =
      this.#shortLives < 2 ? 0 : Math.min(restartMs * 2 ** Math.min(this.#shortLives - 2, 20), longestRestartMs);
    const timer = setTimeout(() => {
      this.#start().then(
        ({ child }) => {
          this.#isStarting = false;
          if (this.#isClosed) child.kill("SIGKILL");
          else this.#use(child);
        },
        (cause: PlanningError) => {
          this.#isStarting = false;
          this.#shortLives += 1;
          // Whoever asks next has another one started.
          this.#rejectWaiting(cause);
          if (this.#isRetired) void this.close();
        },
      );
    }, pauseMs);
    timer.unref();
  }

  #rejectWaiting(cause: PlanningError): void {
    for (const job of this.#waiting.splice(0)) job.reject(cause);
  }
}

/** Starts a process for a supergraph and waits until it is read. Rejects with PlanningError. */
export async function startPlanning(sdl: string, planner: PlannerName, limits: PlanningLimits): Promise<PlanningHost> {
  const start = () => startProcess(sdl, planner, limits);
  return new Host(await start(), start, limits);
}
