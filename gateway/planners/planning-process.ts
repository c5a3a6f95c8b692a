import process from "node:process";
import { createPlanning, type Planning } from "./planning.ts";
import type { PlannerMessage, PlanRequest, ReadRequest } from "./protocol.ts";

// The process in which one supergraph is read and its operations are planned. Planners block, and the native one
// aborts its process when it meets a document that it did not expect: the gateway must survive both.

let planning: Planning | undefined;

function say(message: PlannerMessage): void {
  process.send?.(message);
}

function read({ sdl, planner }: ReadRequest): PlannerMessage {
  try {
    planning = createPlanning(sdl, planner);
    const { apiSdl, facts, planner: used, reason } = planning;
    return { kind: "loaded", apiSdl, facts, planner: used, reason };
  } catch (error) {
    return { kind: "unusable", reason: (error as Error).message };
  }
}

function plan({ id, document, labels, avoidsNative }: PlanRequest): PlannerMessage {
  try {
    if (planning === undefined) throw new Error("no supergraph was read");
    return { kind: "planned", id, plan: planning.plan(document, labels, avoidsNative) };
  } catch (error) {
    return { kind: "refused", id, reason: (error as Error).message };
  }
}

process.on("message", (request: ReadRequest | PlanRequest) => {
  say(request.kind === "read" ? read(request) : plan(request));
});
process.on("disconnect", () => process.exit(0));
// The terminal's Ctrl-C reaches every process; the gateway still plans while it drains.
process.on("SIGINT", () => undefined);
