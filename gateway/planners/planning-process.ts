import process from "node:process";
import { createPlanning, type Planning } from "./planning.ts";
import type { PlannerMessage, PlanRequest, ReadRequest } from "./protocol.ts";

// The process in which one supergraph at a time is read and its operations are planned. Planners block, and the native one
// aborts its process when it meets a document that it did not expect: the gateway must survive both.

let planning: Planning | undefined;
let memoryBytes = Number.POSITIVE_INFINITY;

function say(message: PlannerMessage): void {
  process.send?.(message);
}

// The planners of earlier supergraphs leave their traces: a process that has used half of its memory ends, and a new one reads.
const worthKeeping = 1 / 2;

function read({ sdl, planner, memoryBytes: bound }: ReadRequest): PlannerMessage {
  if (planning !== undefined && process.memoryUsage.rss() > bound * worthKeeping) process.exit(0);
  try {
    memoryBytes = bound;
    planning = undefined;
    planning = createPlanning(sdl, planner);
    const { apiSdl, facts, planner: used, reason } = planning;
    return { kind: "loaded", apiSdl, facts, planner: used, reason };
  } catch (error) {
    return { kind: "unusable", reason: (error as Error).message };
  }
}

function plan({ id, document, labels, planner }: PlanRequest): PlannerMessage {
  try {
    if (planning === undefined) throw new Error("no supergraph was read");
    const made = planning.plan(document, labels, planner);
    return { kind: "planned", id, plan: made, isFull: isFull() };
  } catch (error) {
    return { kind: "refused", id, reason: (error as Error).message, isFull: isFull() };
  }
}

/** Memory of the native planner is not the heap's, so the heap's own bound does not hold it. */
function isFull(): boolean {
  return process.memoryUsage.rss() > memoryBytes;
}

process.on("message", (request: ReadRequest | PlanRequest) => {
  say(request.kind === "read" ? read(request) : plan(request));
});
process.on("disconnect", () => process.exit(0));
// The terminal's Ctrl-C reaches every process; the gateway still plans while it drains.
process.on("SIGINT", () => undefined);
