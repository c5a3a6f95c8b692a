import { parentPort, workerData } from "node:worker_threads";
import { createPlanning, type Planning } from "./planning.ts";
import type { PlanningThreadData, PlanRequest, ThreadMessage } from "./protocol.ts";

// The thread in which one supergraph is read and its operations are planned: planners block, the gateway must not.

function say(message: ThreadMessage): void {
  parentPort?.postMessage(message);
}

function answer(planning: Planning, { id, document, labels }: PlanRequest): ThreadMessage {
  try {
    return { kind: "planned", id, plan: planning.plan(document, labels) };
  } catch (error) {
    return { kind: "refused", id, reason: (error as Error).message };
  }
}

const { sdl, planner } = workerData as PlanningThreadData;
try {
  const planning = createPlanning(sdl, planner);
  parentPort?.on("message", (request: PlanRequest) => say(answer(planning, request)));
  say({
    kind: "loaded",
    apiSdl: planning.apiSdl,
    facts: planning.facts,
    planner: planning.planner,
    reason: planning.reason,
  });
} catch (error) {
  say({ kind: "unusable", reason: (error as Error).message });
}
