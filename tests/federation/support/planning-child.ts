import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createPlannerOrder } from "../../../gateway/planners/planner-order.ts";
import { PlanningError } from "../../../gateway/planners/planning-error.ts";
import type { PlanningHost } from "../../../gateway/planners/planning-host.ts";
import type {
  ActiveLabels,
  LoadedSupergraph,
  PlannerMessage,
  PlanRequest,
  ReadRequest,
} from "../../../gateway/planners/protocol.ts";
import type { Plan, PlannerName } from "../../../gateway/plans/plan.ts";

// One planning process for many worlds: starting one costs more than planning all queries of a world. The native planner
// aborts its process over some documents; as in the gateway, those are given to the other planner.

const processFile = fileURLToPath(new URL("../../../gateway/planners/planning-process.js", import.meta.url));
const memoryBytes = 4 * 1024 ** 3;

/** A process that plans for one supergraph after another. */
export class PlanningChild {
  readonly #planner: PlannerName;
  #child: ChildProcess | undefined;
  readonly #abortedOver: string[] = [];
  #lastId = 0;

  constructor(planner: PlannerName) {
    this.#planner = planner;
  }

  /** The documents over which the planner aborted its process. */
  get abortedOver(): readonly string[] {
    return this.#abortedOver;
  }

  close(): void {
    this.#child?.kill();
    this.#child = undefined;
  }

  #say(request: ReadRequest | PlanRequest): Promise<PlannerMessage | undefined> {
    this.#child ??= fork(processFile, { serialization: "advanced", stdio: ["ignore", "ignore", "ignore", "ipc"] });
    const child = this.#child;
    return new Promise((resolve) => {
      const end = () => {
        child.removeAllListeners();
        if (this.#child === child) this.#child = undefined;
        resolve(undefined);
      };
      child.once("exit", end);
      child.once("message", (message: PlannerMessage) => {
        child.removeListener("exit", end);
        resolve(message);
      });
      child.send(request);
    });
  }

  async #read(sdl: string): Promise<LoadedSupergraph> {
    const message = await this.#say({ kind: "read", sdl, planner: this.#planner, memoryBytes });
    if (message?.kind !== "loaded") throw new Error(`the supergraph cannot be planned for: ${JSON.stringify(message)}`);
    return message;
  }

  async #plan(sdl: string, order: readonly PlannerName[], document: string, labels: ActiveLabels): Promise<Plan> {
    const reasons: string[] = [];
    for (const planner of order) {
      this.#lastId += 1;
      const message = await this.#say({ kind: "plan", id: this.#lastId, document, labels, planner });
      if (message?.kind === "planned") return message.plan;
      reasons.push(`${planner}: ${message?.kind === "refused" ? message.reason : "the planner crashed"}`);
      if (message !== undefined) continue;
      this.#abortedOver.push(document);
      await this.#read(sdl);
    }
    throw new PlanningError(reasons.join("; "), "refused");
  }

  /** Goes over to a supergraph. */
  async use(sdl: string): Promise<PlanningHost> {
    const loaded = await this.#read(sdl);
    const orderOf = createPlannerOrder(loaded);
    return {
      loaded,
      plan: (document, labels) => this.#plan(sdl, orderOf(document), document, labels),
      processId: () => this.#child?.pid,
      retire: () => undefined,
      close: async () => undefined,
    };
  }
}
