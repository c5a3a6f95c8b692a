import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { DBOS } from "@dbos-inc/dbos-sdk";
import { DBOSExecutor } from "@dbos-inc/dbos-sdk/internal/dbos-executor";
import type { Database } from "../../../../platform/runtime/database.ts";
import type { Logger } from "../../../../platform/runtime/logger.ts";
import { backOffMs } from "../../domain/back-off.ts";
import { type DurableRun, NeedsAttentionError, type Workflow } from "../../domain/durable-run.ts";
import type { Transactions, WorkflowName } from "../../domain/ports.ts";
import { type RecordedTransactions, registerTransactions } from "./data-source.ts";
import { type ExecutorLease, holdExecutorLease } from "./executor-lease.ts";
import { createPeerReaper } from "./peer-reaper.ts";
import { decodeResult, encodeResult } from "./recorded-json.ts";
import { durableApplication, durableQueue, durableSchema, durableVersion } from "./schema.ts";
import { enqueueRun } from "./start-in-tx.ts";

/** A worker's engine: takes runs from the queue until it is stopped. One per process. */
export interface DurableEngine {
  readonly executorId: string;
  readonly isReady: () => boolean;
  /** Takes no new runs, waits for those under way, and gives up the lease: peers take over what did not finish. */
  readonly stop: () => Promise<void>;
}

/** What an engine is made of. */
export interface DurableEngineSettings {
  /** The run-time role's URL; a direct connection. */
  readonly databaseUrl: string;
  readonly database: Database;
  readonly transactions: Transactions;
  readonly workflows: Readonly<Record<WorkflowName, Workflow>>;
  /** Runs at once in this process. */
  readonly concurrency: number;
  readonly logger: Logger;
}

const mostAttempts = 20;
const drainMs = 8_000;
// Beyond what a dying process normally leaves: a run that kills its worker again and again is parked.
const mostTakeOvers = 20;

function createRun(id: string, transactions: RecordedTransactions): DurableRun {
  return {
    id,
    step: async (name, work) => decodeResult(await DBOS.runStep(async () => encodeResult(await work()), { name })),
    tx: transactions.run,
    all: async (steps) => {
      const outcomes = await Promise.allSettled(steps.map((step) => step()));
      return outcomes.map((outcome) => {
        if (outcome.status === "rejected") throw outcome.reason;
        return outcome.value;
      });
    },
  };
}

/** Errors by which the engine ends a run for its own reasons: another process has it, or it was cancelled. */
function isEngineSignal(error: unknown): boolean {
  return error instanceof Error && /^DBOS(WorkflowConflict|WorkflowCancelled|MaxRecovery)/.test(error.constructor.name);
}

/**
 * Runs a workflow and, when it throws, starts it again with back-off as a run of its own, so that nothing waits in memory.
 * Only the last failure is left as the engine's status ERROR: what is there waits for a person.
 */
function withRepetition(
  workflow: WorkflowName,
  body: Workflow,
  transactions: RecordedTransactions,
  clock: () => Date,
  logger: Logger,
): (input: Record<string, string>, attempt: number) => Promise<string> {
  return async (input, attempt) => {
    const id = DBOS.workflowID ?? "";
    try {
      await body(createRun(id, transactions), input);
      return "done";
    } catch (error) {
      if (isEngineSignal(error)) throw error;
      const isLast = error instanceof NeedsAttentionError || attempt >= mostAttempts;
      logger.error({ err: error, workflow, run: id, attempt, isLast }, "a durable run failed");
      if (isLast) throw error;
      const nextId = `${id.replace(/~\d+$/, "")}~${attempt + 1}`;
      await transactions.run("start again later", async (tx) => {
        const dueAt = new Date(clock().getTime() + backOffMs(attempt));
        await enqueueRun(tx, { workflow, id: nextId, input, attempt: attempt + 1, dueAt });
      });
      return `failed; again as ${nextId}`;
    }
  };
}

function engineLogger(logger: Logger) {
  const write =
    (level: "debug" | "warn" | "error") =>
    (entry: unknown, metadata?: object): void =>
      logger[level](
        { ...metadata, span: undefined, error: undefined },
        entry instanceof Error ? entry.message : String(entry),
      );
  return { info: write("debug"), debug: write("debug"), warn: write("warn"), error: write("error") };
}

async function takeOver(executorId: string): Promise<number> {
  return (await DBOSExecutor.globalInstance?.recoverPendingWorkflows([executorId]))?.length ?? 0;
}

/**
 * Starts taking runs. The engine is DBOS Transact in commerce's own database, without its vendor's services: the schema was
 * made by the migrator, and dead workers are found by their peers. See docs/decisions on durable work.
 */
export async function startDurableEngine(settings: DurableEngineSettings): Promise<DurableEngine> {
  const { logger, databaseUrl, database } = settings;
  const executorId = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  const stopping = new AbortController();
  const transactions = registerTransactions(settings.transactions, stopping.signal, logger);
  for (const [name, body] of Object.entries(settings.workflows) as [WorkflowName, Workflow][]) {
    const run = withRepetition(name, body, transactions, () => new Date(), logger);
    DBOS.registerWorkflow(run, { name, maxRecoveryAttempts: mostTakeOvers });
  }
  DBOS.setConfig({
    name: durableApplication,
    systemDatabaseUrl: databaseUrl,
    systemDatabaseSchemaName: durableSchema,
    systemDatabasePoolSize: 6,
    runMigrations: false,
    applicationVersion: durableVersion,
    executorID: executorId,
    listenQueues: [durableQueue],
    logger: engineLogger(logger),
  });
  const lease: ExecutorLease = await holdExecutorLease(databaseUrl, executorId, logger);
  await DBOS.launch();
  await DBOS.registerQueue(durableQueue, {
    workerConcurrency: settings.concurrency,
    minPollingIntervalMs: 200,
    onConflict: "always_update",
  });
  const reaping = createPeerReaper({ pool: database.pool, executorId, takeOver, logger }).run(stopping.signal);
  logger.info({ executorId }, "taking durable work");
  return {
    executorId,
    isReady: () => lease.isHeld() && DBOS.isInitialized(),
    stop: async () => {
      await DBOS.shutdown({ workflowCompletionTimeoutMS: drainMs, deregister: true });
      stopping.abort();
      await reaping;
      await lease.release();
    },
  };
}
