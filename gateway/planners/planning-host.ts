import type { Plan, PlannerName } from "../plans/plan.ts";
import { BoundedCache } from "../policy/bounded-cache.ts";
import { createPlannerOrder } from "./planner-order.ts";
import { type LoadedProcess, startProcess } from "./planning-child.ts";
import { PlanningError } from "./planning-error.ts";
import { type LaneLimits, PlanningLane } from "./planning-lane.ts";
import type { ProcessPool } from "./process-pool.ts";
import type { ActiveLabels, LoadedSupergraph } from "./protocol.ts";

/** Bounds of planning, each planner's its own. */
export interface PlanningLimits extends LaneLimits {
  /** How often the native planner may end its process within a minute; then Apollo's alone plans until it is over. */
  readonly crashesPerMinute: number;
}

/** For the ordinary gateway. */
export const defaultPlanningLimits: PlanningLimits = {
  planMs: 10_000,
  sharedPlanMs: 3_000,
  waitMs: 10_000,
  loadMs: 60_000,
  memoryBytes: 1_536 * 1024 * 1024,
  waiting: 1_000,
  restartMs: 100,
  longestRestartMs: 30_000,
  idleMs: 600_000,
  crashesPerMinute: 3,
};

/** Plans operations of one supergraph in processes of their own, one for each planner. */
export interface PlanningHost {
  readonly loaded: LoadedSupergraph;
  /** Rejects with PlanningError: no planner can plan it, it took too long, the planners crashed. */
  readonly plan: (document: string, labels: ActiveLabels) => Promise<Plan>;
  /** Of the process of a planner, of the first one when none is named; undefined while there is none. */
  readonly processId: (planner?: PlannerName) => number | undefined;
  /** Plans what is waiting, then ends, and gives its process to the pool. */
  readonly retire: () => void;
  readonly close: () => Promise<void>;
}

const minuteMs = 60_000;

const noPool: ProcessPool = {
  take: () => undefined,
  give: (child) => {
    child.kill("SIGKILL");
  },
  close: () => undefined,
};

class Host implements PlanningHost {
  readonly loaded: LoadedSupergraph;
  readonly #limits: PlanningLimits;
  readonly #lanes: Readonly<Record<PlannerName, PlanningLane>>;
  readonly #orderOf: (document: string) => readonly PlannerName[];
  /** Documents that made the native planner crash. */
  readonly #crashers = new BoundedCache<string, true>(1_000);
  /** When a document last did, as far as it counts. */
  #crashes: readonly number[] = [];
  /** Until when a planner that could not be started is left alone. */
  readonly #unusable = new Map<PlannerName, number>();
  readonly #pool: ProcessPool;
  #pending = 0;
  #isRetired = false;

  constructor(
    first: LoadedProcess,
    start: (planner: PlannerName) => Promise<LoadedProcess>,
    limits: PlanningLimits,
    pool: ProcessPool,
  ) {
    this.loaded = first.loaded;
    this.#pool = pool;
    this.#limits = limits;
    this.#orderOf = createPlannerOrder(first.loaded);
    const lane = (planner: PlannerName) => {
      const child = planner === first.loaded.planner ? first.child : undefined;
      return new PlanningLane(planner, () => start(planner), limits, child);
    };
    this.#lanes = { native: lane("native"), apollo: lane("apollo") };
  }

  readonly processId = (planner: PlannerName = this.loaded.planner): number | undefined =>
    this.#lanes[planner].processId;

  async plan(document: string, labels: ActiveLabels): Promise<Plan> {
    this.#pending += 1;
    try {
      return await this.#planByOne(document, labels);
    } finally {
      this.#pending -= 1;
      if (this.#isRetired && this.#pending === 0) this.#end();
    }
  }

  async close(): Promise<void> {
    for (const lane of Object.values(this.#lanes)) lane.close();
  }

  retire(): void {
    this.#isRetired = true;
    if (this.#pending === 0) this.#end();
  }

  #end(): void {
    for (const lane of Object.values(this.#lanes)) lane.close(this.#pool.give);
  }

  /** What one planner cannot plan, or not in time, the other one may. */
  async #planByOne(document: string, labels: ActiveLabels): Promise<Plan> {
    const failures: PlanningError[] = [];
    for (const planner of this.#orderOf(document)) {
      if ((this.#unusable.get(planner) ?? 0) > performance.now()) continue;
      if (planner === "native" && (this.#crashers.get(document) === true || this.#crashesOften())) continue;
      // A crowd before the quick planner would only be another one before the slow one.
      if (planner === "apollo" && failures.some(({ fault }) => fault === "crowded")) continue;
      try {
        return await this.#lanes[planner].plan(document, labels);
      } catch (error) {
        if (!(error instanceof PlanningError) || error.fault === "closed") throw error;
        failures.push(error);
        const isSpare = planner !== this.loaded.planner;
        if (error.fault === "unusable" && isSpare) this.#unusable.set(planner, performance.now() + minuteMs);
        if (planner === "native" && error.fault === "crashed") this.#remember(document);
      }
    }
    throw this.#failure(failures);
  }

  /** Apollo's planner says more clearly what is wrong; whether trying again may help, either decides. */
  #failure(failures: readonly PlanningError[]): PlanningError {
    const temporary = failures.find(({ isTimeout }) => isTimeout);
    const [first, second] = this.loaded.planner === "apollo" ? failures : failures.toReversed();
    const cause = temporary ?? first ?? second;
    return new PlanningError(cause?.message ?? "no planner is left", cause?.fault ?? "crashed", { cause: failures });
  }

  #remember(document: string): void {
    this.#crashers.set(document, true);
    this.#crashes = [...this.#crashes, performance.now()];
  }

  /** Whoever sends one such document after the other would keep a process starting for ever. */
  #crashesOften(): boolean {
    if (this.#crashes.length === 0) return false;
    const since = performance.now() - minuteMs;
    this.#crashes = this.#crashes.filter((at) => at > since);
    return this.#crashes.length >= this.#limits.crashesPerMinute;
  }
}

/**
 * Has a process read a supergraph and waits until it has. Rejects with PlanningError.
 * @param pool - where processes come from and go to; by default, each is a new one
 */
export async function startPlanning(
  sdl: string,
  wanted: PlannerName,
  limits: PlanningLimits,
  pool: ProcessPool = noPool,
): Promise<PlanningHost> {
  const start = async (planner: PlannerName): Promise<LoadedProcess> => {
    const started = await startProcess(sdl, planner, limits, pool);
    if (started.loaded.planner === planner) return started;
    started.child.kill("SIGKILL");
    throw new PlanningError(`the ${planner} planner cannot be loaded: ${started.loaded.reason}`, "unusable");
  };
  return new Host(await startProcess(sdl, wanted, limits, pool), start, limits, pool);
}
