import type { Clock } from "../../../../platform/values/instants.ts";
import type { DurableWork, Transaction, WorkflowName } from "../../domain/ports.ts";
import { clientOf } from "../transactions.ts";
import { durableApplication, durableQueue } from "./schema.ts";

/** A run to be started. `attempt` counts the engine's own repetitions of one that failed, from 1. */
export interface RunStart {
  readonly workflow: WorkflowName;
  readonly id: string;
  readonly input: Readonly<Record<string, string>>;
  readonly attempt: number;
  /** When it becomes due; null: at once. */
  readonly dueAt: Date | null;
}

/** Starts a run when `tx` commits and not otherwise, by the engine's own SQL function. The same id starts once. */
export async function enqueueRun(tx: Transaction, start: RunStart): Promise<void> {
  const input = JSON.stringify(start.input);
  const attempt = String(start.attempt);
  const due = start.dueAt === null ? null : BigInt(start.dueAt.getTime());
  await clientOf(tx).$queryRaw`
    SELECT durable.enqueue_workflow(
      ${start.workflow}::text, ${durableQueue}::text, ARRAY[${input}::json, ${attempt}::json],
      workflow_id => ${start.id}::text, delay_until_epoch_ms => ${due}::bigint,
      application_name => ${durableApplication}::text)`;
}

/** Implements the port: workflows begin inside the transaction of the write that they belong to. */
export function createDurableWork(clock: Clock): DurableWork {
  return {
    startInTx: (tx, workflow, id, input, options = {}) => {
      const { delayMs = 0 } = options;
      const dueAt = delayMs > 0 ? new Date(clock().getTime() + delayMs) : null;
      return enqueueRun(tx, { workflow, id, input, attempt: 1, dueAt });
    },
  };
}
