import type { ChildProcess } from "node:child_process";
import type { Plan, PlannerName } from "../plans/plan.ts";
import { BoundedCache } from "../policy/bounded-cache.ts";
import { documentShape } from "./document-shape.ts";
import type { LoadedProcess, ProcessLimits } from "./planning-child.ts";
import { PlanningError } from "./planning-error.ts";
import type { ActiveLabels, PlannerMessage, PlanRequest } from "./protocol.ts";

/** Bounds of one planner's queue. */
export interface LaneLimits extends ProcessLimits {
  /** For one operation, from when its turn comes. */
  readonly planMs: number;
  /** The same while others wait: who takes longer then, has failed. */
  readonly sharedPlanMs: number;
  /** Until an operation's turn comes, starts of the process apart. */
  readonly waitMs: number;
  /** Operations that may wait for their turn; one more is refused at once. */
  readonly waiting: number;
  /** Before a process that ended early is started again; doubled up to `longestRestartMs` while none lasts. */
  readonly restartMs: number;
  readonly longestRestartMs: number;
  /** After which the process of a planner that is needed now and then is ended. */
  readonly idleMs: number;
}

interface Job {
  readonly request: PlanRequest;
  readonly shape: string;
  readonly resolve: (plan: Plan) => void;
  readonly reject: (error: PlanningError) => void;
  waitTimer?: NodeJS.Timeout;
}

/** How long documents of a shape that could not be planned in time are refused at once: they would hold everybody else up. */
const slowForMs = 60_000;

/** Plans by one planner, one operation at a time, in a process that is replaced when it hangs, ends or grows. */
export class PlanningLane {
  readonly #planner: PlannerName;
  readonly #start: () => Promise<LoadedProcess>;
  readonly #limits: LaneLimits;
  readonly #isLasting: boolean;
  readonly #waiting: Job[] = [];
  /** Shapes of documents that took too long, and until when they are refused. */
  readonly #slow = new BoundedCache<string, number>(1_000);
  #child: ChildProcess | undefined;
  #current: Job | undefined;
  #timer: NodeJS.Timeout | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  /** Whether what is planned now has had the time that it may take while others wait. */
  #isOverdue = false;
  #isStarting = false;
  #isClosed = false;
  /** Processes in a row that planned nothing. */
  #shortLives = 0;
  #lastId = 0;

  /** @param child - the process to begin with; without one, it is started when first needed and ended when it is not */
  constructor(planner: PlannerName, start: () => Promise<LoadedProcess>, limits: LaneLimits, child?: ChildProcess) {
    this.#planner = planner;
    this.#start = start;
    this.#limits = limits;
    this.#isLasting = child !== undefined;
    if (child !== undefined) this.#use(child);
  }

  /** Of the process that plans now; undefined while there is none. */
  get processId(): number | undefined {
    return this.#child?.pid;
  }

  /** Rejects with PlanningError. */
  plan(document: string, labels: ActiveLabels): Promise<Plan> {
    if (this.#isClosed) return Promise.reject(new PlanningError("the supergraph is no longer in use", "closed"));
    const shape = documentShape(document);
    if ((this.#slow.get(shape) ?? 0) > performance.now()) return Promise.reject(slowBefore());
    if (this.#waiting.length >= this.#limits.waiting) {
      return Promise.reject(new PlanningError(`${this.#waiting.length} operations wait to be planned`, "crowded"));
    }
    return new Promise((resolve, reject) => {
      this.#lastId += 1;
      const request: PlanRequest = { kind: "plan", id: this.#lastId, document, labels, planner: this.#planner };
      const job: Job = { request, shape, resolve, reject };
      this.#waiting.push(job);
      this.#boundWaiting(job);
      if (this.#child === undefined) this.#restart();
      else if (this.#isOverdue) this.#expired(this.#child);
      else this.#next();
    });
  }

  /** @param keep - takes the process, when it plans nothing; else it is ended */
  close(keep?: (child: ChildProcess) => void): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#idleTimer);
    const closing = new PlanningError("the supergraph is no longer in use", "closed");
    this.#rejectWaiting(() => closing);
    const child = this.#child;
    if (child === undefined) return;
    if (this.#current === undefined && keep !== undefined) {
      this.#child = undefined;
      keep(child);
      return;
    }
    this.#current?.reject(closing);
    this.#end();
  }

  #boundWaiting(job: Job): void {
    job.waitTimer = setTimeout(() => {
      const place = this.#waiting.indexOf(job);
      if (place < 0) return;
      // Nobody is in front of it; starting has a bound of its own.
      if (this.#child === undefined) return this.#boundWaiting(job);
      this.#waiting.splice(place, 1);
      job.reject(new PlanningError(`its turn did not come within ${this.#limits.waitMs} ms`, "crowded"));
    }, this.#limits.waitMs);
    job.waitTimer.unref();
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
    clearTimeout(this.#idleTimer);
    this.#current = this.#waiting.shift();
    if (this.#current === undefined) {
      if (!this.#isLasting) this.#idleTimer = setTimeout(() => this.#end(), this.#limits.idleMs).unref();
      return;
    }
    clearTimeout(this.#current.waitTimer);
    const { planMs, sharedPlanMs } = this.#limits;
    this.#isOverdue = false;
    this.#timer = setTimeout(
      () => {
        if (this.#waiting.length > 0 || sharedPlanMs >= planMs) return this.#expired(child);
        this.#isOverdue = true;
        this.#timer = setTimeout(() => this.#expired(child), planMs - sharedPlanMs);
      },
      Math.min(planMs, sharedPlanMs),
    );
    // A process that has just ended takes no message; its exit tells the same.
    child.send(this.#current.request, () => undefined);
  }

  #hear(message: PlannerMessage): void {
    const job = this.#current;
    if (job === undefined || !("id" in message) || message.id !== job.request.id) return;
    clearTimeout(this.#timer);
    this.#current = undefined;
    this.#isOverdue = false;
    this.#shortLives = 0;
    if (message.kind === "planned") job.resolve(message.plan);
    else job.reject(new PlanningError(message.reason, "refused"));
    if (message.isFull) this.#discard();
    else this.#next();
  }

  /** What waits in the same shape would take as long: whoever sends variants of one document holds up nobody else. */
  #expired(child: ChildProcess): void {
    const job = this.#current;
    if (job === undefined || this.#child !== child) return;
    const limitMs = this.#isOverdue ? this.#limits.planMs : this.#limits.sharedPlanMs;
    this.#slow.set(job.shape, performance.now() + slowForMs);
    job.reject(new PlanningError(`planning took longer than ${Math.min(limitMs, this.#limits.planMs)} ms`, "slow"));
    this.#rejectWaiting(slowBefore, ({ shape }) => shape === job.shape);
    this.#discard();
  }

  #crashed(child: ChildProcess): void {
    if (this.#child !== child) return;
    this.#current?.reject(new PlanningError("the planner crashed", "crashed"));
    this.#shortLives += 1;
    this.#discard();
  }

  /** Ends the process, and has another one start. */
  #discard(): void {
    this.#end();
    this.#restart();
  }

  #end(): void {
    const child = this.#child;
    this.#child = undefined;
    this.#current = undefined;
    this.#isOverdue = false;
    clearTimeout(this.#timer);
    child?.removeAllListeners();
    child?.kill("SIGKILL");
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
          this.#rejectWaiting(() => cause);
        },
      );
    }, pauseMs);
    timer.unref();
  }

  #rejectWaiting(cause: () => PlanningError, isMeant: (job: Job) => boolean = () => true): void {
    for (const job of this.#waiting.splice(0)) {
      if (!isMeant(job)) {
        this.#waiting.push(job);
        continue;
      }
      clearTimeout(job.waitTimer);
      job.reject(cause());
    }
  }
}

function slowBefore(): PlanningError {
  return new PlanningError("planning one like it took too long a short while ago", "slow");
}
