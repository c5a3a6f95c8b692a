import type { Pool } from "pg";
import { Gauge, type Registry } from "prom-client";
import { durableApplication } from "./schema.ts";

/** How many runs of a workflow are in a state, and for how long the oldest of them has been due. */
export interface RunGroup {
  readonly workflow: string;
  /** The engine's word: ENQUEUED, PENDING, DELAYED, ERROR, MAX_RECOVERY_ATTEMPTS_EXCEEDED, CANCELLED. */
  readonly state: string;
  readonly runs: number;
  readonly oldestDueSeconds: number;
}

const overviewSql = `
  SELECT name AS workflow, status AS state, count(*)::int AS runs,
    coalesce(max(extract(epoch FROM now()) - greatest(created_at, coalesce(delay_until_epoch_ms, 0)) / 1000.0), 0)::float8
      AS "oldestDueSeconds"
  FROM durable.workflow_status
  WHERE application_name = $1 AND status <> 'SUCCESS'
    AND NOT EXISTS (SELECT 1 FROM operator_act a WHERE a.kind = 'RUN_RETRIED' AND a.subject = workflow_uuid)
  GROUP BY name, status ORDER BY name, status`;

/**
 * Counts the runs that are not done. Runs in ERROR and MAX_RECOVERY_ATTEMPTS_EXCEEDED wait for a person; one that a person
 * retried is counted as its successor alone.
 */
export async function readRunOverview(pool: Pool): Promise<RunGroup[]> {
  return (await pool.query<RunGroup>(overviewSql, [durableApplication])).rows;
}

/** Shows the overview as metrics, read when they are asked for: `durable_runs`, `durable_oldest_due_seconds`. */
export function exposeRunOverview(pool: Pool, registry: Registry): void {
  const labelNames = ["workflow", "state"] as const;
  const oldest = new Gauge({
    name: "durable_oldest_due_seconds",
    help: "Age of the oldest run that is due and not done, by workflow and state",
    labelNames,
    registers: [registry],
  });
  new Gauge({
    name: "durable_runs",
    help: "Durable runs that are not done, by workflow and state; ERROR waits for a person",
    labelNames,
    registers: [registry],
    collect: async function collect() {
      const groups = await readRunOverview(pool);
      this.reset();
      oldest.reset();
      for (const { workflow, state, runs, oldestDueSeconds } of groups) {
        this.set({ workflow, state }, runs);
        oldest.set({ workflow, state }, Math.max(oldestDueSeconds, 0));
      }
    },
  });
}
