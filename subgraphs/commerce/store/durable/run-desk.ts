import { DBOSClient, type WorkflowStatus } from "@dbos-inc/dbos-sdk";
import type { Pool } from "pg";
import type { WorkflowName } from "../../domain/ports.ts";
import type { KnownRun, RunDesk, RunState } from "../../domain/run-desk.ts";
import { isLeaseFree } from "./peer-reaper.ts";
import { durableApplication, durableQueue, durableSchema } from "./schema.ts";

const silent = { info: () => undefined, debug: () => undefined, warn: () => undefined, error: () => undefined };

/** The engine keeps the error of a run that was started by SQL as JSON, and gives that as the message of its own. */
function messageOf(error: unknown): string | null {
  if (error === undefined || error === null) return null;
  const text = error instanceof Error ? error.message : String(error);
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === "string" ? message : text;
  } catch {
    return text;
  }
}

function toRun(status: WorkflowStatus): KnownRun {
  const [input = {}, attempt = 1] = (status.input ?? []) as [Record<string, string>?, number?];
  return {
    id: status.workflowID,
    workflow: status.workflowName as WorkflowName,
    state: status.status as RunState,
    input,
    attempt: Number(attempt),
    dueAt: new Date(Math.max(status.createdAt, status.delayUntilEpochMS ?? 0)),
    error: messageOf(status.error),
    executor: status.executorId ?? null,
  };
}

/** Where a run stopped: at its first step that failed, else after the last one that it has behind it. */
function stopOf(steps: readonly { readonly functionID: number; readonly error: Error | null }[]): number {
  const failed = steps.find(({ error }) => error !== null);
  return failed?.functionID ?? (steps.at(-1)?.functionID ?? -1) + 1;
}

/** Runs by the engine's own client, which runs nothing itself; on two connections of its own. */
export async function openRunDesk(databaseUrl: string, pool: Pool): Promise<RunDesk> {
  const client = await DBOSClient.create({
    systemDatabaseUrl: databaseUrl,
    systemDatabaseSchemaName: durableSchema,
    systemDatabasePoolSize: 2,
    applicationName: durableApplication,
    logger: silent,
  });
  const list = async (status: RunState[], limit: number, endTime?: Date): Promise<KnownRun[]> => {
    const until = endTime === undefined ? {} : { endTime: endTime.toISOString() };
    const found = await client.listWorkflows({ status, applicationName: durableApplication, limit, ...until });
    return found.map(toRun);
  };
  return {
    stuck: async (dueBefore, most) => {
      const ended = await list(["ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED", "CANCELLED"], most);
      // Asked for apart: thousands that are delayed for days must not crowd out those that are due.
      const delayed = await list(["DELAYED"], most, dueBefore);
      const waiting = [...(await list(["PENDING", "ENQUEUED"], most, dueBefore)), ...delayed];
      const late = waiting.filter(({ dueAt }) => dueAt <= dueBefore);
      return [...ended, ...late].sort((one, other) => one.dueAt.getTime() - other.dueAt.getTime()).slice(0, most);
    },
    find: async (runId) => {
      const status = await client.getWorkflow(runId);
      return status === undefined || status.applicationName !== durableApplication ? null : toRun(status);
    },
    steps: async (runId) => {
      const steps = (await client.listWorkflowSteps(runId)) ?? [];
      return steps.map(({ functionID, name, error, completedAtEpochMs }) => ({
        number: functionID,
        name,
        error: messageOf(error),
        completedAt: completedAtEpochMs === undefined ? null : new Date(completedAtEpochMs),
      }));
    },
    isAlive: async (executor) => {
      const connection = await pool.connect();
      try {
        return !(await isLeaseFree(connection, executor));
      } finally {
        connection.release();
      }
    },
    resume: async ({ id, state }) => {
      // The engine resumes what was interrupted; what ended in an error it rewinds. Either way recorded answers stay, those
      // of transactions too: their records are commerce's own, and none is written by one that failed.
      if (state !== "ERROR") {
        await client.resumeWorkflow(id, { queueName: durableQueue });
        return;
      }
      const startStep = stopOf((await client.listWorkflowSteps(id)) ?? []);
      await client.rewindWorkflow(id, { startStep, queueName: durableQueue });
    },
    close: () => client.destroy(),
  };
}
