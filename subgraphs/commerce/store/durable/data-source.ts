import { setTimeout as sleep } from "node:timers/promises";
import { DBOS } from "@dbos-inc/dbos-sdk";
import {
  assertStillOwnsWorkflow,
  type DataSourceTransactionHandler,
  DBOSStepAlreadyRecordedError,
  registerDataSource,
  runTransaction,
} from "@dbos-inc/dbos-sdk/datasource";
import type { Logger } from "../../../../platform/runtime/logger.ts";
import type { Transaction, Transactions } from "../../domain/ports.ts";
import { clientOf } from "../transactions.ts";
import { isConnectionFault } from "./connection-fault.ts";
import { decodeResult, encodeResult } from "./recorded-json.ts";

/** Runs the transactions of workflows, each with the record of its result. */
export interface RecordedTransactions {
  readonly run: <Value>(name: string, work: (tx: Transaction) => Promise<Value>) => Promise<Value>;
}

type Work = (tx: Transaction) => Promise<string>;

interface Scope {
  readonly enter: (tx: Transaction) => void;
}

const dataSourceName = "commerce";
const retryMs = 500;

async function readRecord(tx: Transaction, runId: string, step: number): Promise<string | undefined> {
  const rows = await clientOf(tx).$queryRaw<{ output: string | null }[]>`
    SELECT output FROM durable.transaction_completion WHERE workflow_id = ${runId} AND function_num = ${step}::int`;
  return rows[0]?.output ?? undefined;
}

async function writeRecord(tx: Transaction, runId: string, step: number, result: string): Promise<void> {
  const written = await clientOf(tx).$executeRaw`
    INSERT INTO durable.transaction_completion (workflow_id, function_num, output)
    VALUES (${runId}, ${step}::int, ${result}) ON CONFLICT DO NOTHING`;
  if (written === 0) throw new DBOSStepAlreadyRecordedError(runId, step);
  await assertStillOwnsWorkflow(runId);
}

/**
 * Registers commerce's transactions with the engine: the result of a transaction is recorded in the transaction itself. A
 * database that cannot be reached is waited for here; were it reported, it would become the recorded outcome of the step.
 */
export function registerTransactions(
  transactions: Transactions,
  stop: AbortSignal,
  logger: Logger,
): RecordedTransactions {
  async function runOnce(runId: string, step: number, work: Work): Promise<string> {
    return transactions.runInTransaction(async (tx) => {
      const recorded = await readRecord(tx, runId, step);
      if (recorded !== undefined) return recorded;
      const result = await work(tx);
      await writeRecord(tx, runId, step, result);
      return result;
    });
  }

  async function runPatiently(runId: string, step: number, work: Work): Promise<string> {
    for (;;) {
      try {
        return await runOnce(runId, step, work);
      } catch (error) {
        // Somebody else ran the step at the same time and was first: the next round reads its record.
        const isRecorded = error instanceof DBOSStepAlreadyRecordedError;
        if ((!isRecorded && !isConnectionFault(error)) || stop.aborted) throw error;
        if (isRecorded) continue;
        logger.warn({ err: error, run: runId, step }, "the database does not answer; trying again");
        await sleep(retryMs, undefined, { signal: stop }).catch(() => undefined);
      }
    }
  }

  const handler: DataSourceTransactionHandler = {
    name: dataSourceName,
    initialize: async () => undefined,
    destroy: async () => undefined,
    invokeTransactionFunction: async (config, target, work, ...args) => {
      const { workflowID, stepID } = DBOS;
      if (workflowID === undefined || stepID === undefined) throw new Error("a recorded transaction needs a workflow");
      const { enter } = config as Scope;
      const result = await runPatiently(workflowID, stepID, async (tx) => {
        enter(tx);
        return String(await work.call(target, ...args));
      });
      // What `run` below hands to the engine answers a string.
      return result as Awaited<ReturnType<typeof work>>;
    },
    deleteCheckpoints: async (runId, firstStep, beforeCommit) => {
      await transactions.runInTransaction(async (tx) => {
        await clientOf(tx).$executeRaw`
          DELETE FROM durable.transaction_completion WHERE workflow_id = ${runId} AND function_num >= ${firstStep}::int`;
        await beforeCommit?.();
      });
    },
  };
  registerDataSource(handler);

  return {
    run: async (name, work) => {
      // The engine calls its functions without arguments; the transaction comes to ours beside them.
      let current: Transaction | undefined;
      const scope: Scope = {
        enter: (tx) => {
          current = tx;
        },
      };
      const recorded = async (): Promise<string> => {
        if (current === undefined) throw new Error("the transaction was not begun");
        return encodeResult(await work(current));
      };
      return decodeResult(await runTransaction(recorded, name, { dsName: dataSourceName, config: scope }));
    },
  };
}
