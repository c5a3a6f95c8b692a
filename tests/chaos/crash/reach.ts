import { appendFileSync } from "node:fs";
import process from "node:process";
import { z } from "zod";

const shape = z.object({
  /** Places at which this process ends. */
  points: z.array(z.string()),
  /** It works at least so long, from the first place that it comes by. */
  notBeforeMs: z.number(),
  /** Written before it ends: the place. */
  deathFile: z.string(),
  /** Each place that it came by, once. */
  seenFile: z.string(),
});

/** What CHAOS_CRASH holds. */
export type CrashOrder = z.infer<typeof shape>;

const order: CrashOrder = shape.parse(JSON.parse(process.env.CHAOS_CRASH ?? "{}"));
const points = new Set(order.points);
const seen = new Set<string>();
let worksSince: number | undefined;

/** A place in the run of the program. Ends the process as `kill -9` does when it is to be killed here, else does nothing. */
export function reach(point: string): void {
  if (!seen.has(point)) {
    seen.add(point);
    appendFileSync(order.seenFile, `${point}\n`);
  }
  worksSince ??= performance.now();
  if (!points.has(point) || performance.now() - worksSince < order.notBeforeMs) return;
  appendFileSync(order.deathFile, point);
  process.kill(process.pid, "SIGKILL");
  // The signal is on its way: nothing more may be done.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
