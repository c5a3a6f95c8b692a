import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { pino } from "pino";
import { childEnvironment } from "../../../../launcher/child-environment.ts";
import { projectRoot } from "../../../../platform/runtime/project-root.ts";
import { createRunsCommand } from "../../../../subgraphs/commerce/composition/operator-runs.ts";
import { NeedsAttentionError, type Workflow } from "../../../../subgraphs/commerce/domain/durable-run.ts";
import type { WorkflowName } from "../../../../subgraphs/commerce/domain/ports.ts";
import { type CommerceParts, openParts } from "../../../../subgraphs/commerce/parts.ts";
import { type DurableEngine, startDurableEngine } from "../../../../subgraphs/commerce/store/durable/engine.ts";
import { readRunOverview } from "../../../../subgraphs/commerce/store/durable/run-overview.ts";
import { useDatabase } from "../../../support/databases.ts";
import { eventually } from "../../../support/eventually.ts";

const logger = pino({ level: process.env.TEST_LOG ?? "silent" });
const refundId = "0195e0a0-0000-7000-8000-000000000001";

interface Line extends Record<string, unknown> {
  readonly id: string;
}

describe("operate runs", () => {
  const commerce = useDatabase("commerce", { rows: "none" });
  const done: string[] = [];
  let parts: CommerceParts;
  let engine: DurableEngine;
  let isMended = false;

  // As a provider that refuses until somebody has mended it.
  const body: Workflow = async (run, input) => {
    await run.tx("load", async () => void done.push(`load ${run.id}`));
    await run.step("look", async () => void done.push(`look ${run.id}`));
    await run.step("ask", async () => {
      done.push(`ask ${run.id}`);
      if (input.mode === "broken" && !isMended) throw new NeedsAttentionError("the provider has no such account");
      return "asked";
    });
    await run.tx("record", async () => void done.push(`record ${run.id}`));
  };

  const operate = (...args: string[]) => createRunsCommand(commerce.urls.runtime)(parts, args) as Promise<Line[]>;
  const start = (id: string, input: Record<string, string>, delayMs = 0) =>
    parts.store.transactions.runInTransaction((tx) => parts.work.startInTx(tx, "send-refund", id, input, { delayMs }));
  const sql = async (text: string, values: unknown[] = []) => (await parts.database.pool.query(text, values)).rows;
  const stateOf = async (id: string) =>
    String((await sql("SELECT status FROM durable.workflow_status WHERE workflow_uuid = $1", [id]))[0]?.status);
  const until = (id: string, state: string) =>
    eventually(async () => ((await stateOf(id)) === state ? true : undefined));
  const doneBy = (id: string) => done.filter((what) => what.endsWith(` ${id}`)).map((what) => what.split(" ")[0]);
  const broken = async (id: string) => {
    isMended = false;
    await start(id, { refundId, mode: "broken" });
    await until(id, "ERROR");
  };

  beforeAll(async () => {
    const settings = { service: "operate", databaseUrl: commerce.urls.runtime, databaseMaxConnections: 6 };
    parts = openParts(settings, logger);
    engine = await startDurableEngine({
      databaseUrl: commerce.urls.runtime,
      database: parts.database,
      transactions: parts.store.transactions,
      workflows: { "send-refund": body } as unknown as Record<WorkflowName, Workflow>,
      concurrency: 4,
      logger,
    });
  }, 90_000);
  afterAll(async () => {
    await engine?.stop();
    await parts?.close();
  });

  test("list has a run that ended in an error and one that killed its workers, with kind, business id, age and why; not one that is well", async () => {
    await broken("list:1");
    await start("list:2", { refundId });
    await until("list:2", "SUCCESS");
    await start("list:3", { refundId }, 3_600_000);
    await start("list:4", { refundId }, 3_600_000);
    await sql(
      "UPDATE durable.workflow_status SET status = 'MAX_RECOVERY_ATTEMPTS_EXCEEDED', delay_until_epoch_ms = NULL WHERE workflow_uuid = 'list:4'",
    );
    const found = (await operate("list")).filter(({ id }) => id.startsWith("list:"));
    expect(found).toEqual([
      {
        id: "list:1",
        kind: "send-refund",
        businessId: refundId,
        state: "ERROR",
        ageSeconds: expect.any(Number),
        why: "the provider has no such account",
        owner: null,
        note: null,
      },
      expect.objectContaining({
        id: "list:4",
        state: "MAX_RECOVERY_ATTEMPTS_EXCEEDED",
        why: expect.stringContaining("look at the workers' logs"),
      }),
    ]);
  });

  test("list has a run that is due for long and that nobody takes, when asked about so short a time", async () => {
    await sql(
      `INSERT INTO durable.workflow_status (workflow_uuid, status, name, queue_name, created_at, application_name)
       VALUES ('due:1', 'ENQUEUED', 'send-refund', 'a queue without workers', (extract(epoch FROM now()) * 1000)::bigint - 1800000, 'commerce')`,
    );
    const listed = async (...args: string[]) => (await operate("list", ...args)).find(({ id }) => id === "due:1");
    expect(await listed()).toMatchObject({
      state: "ENQUEUED",
      why: expect.stringContaining("a worker with a free place"),
    });
    expect((await listed())?.ageSeconds).toBeGreaterThanOrEqual(1_800);
    expect(await listed("--older-than-minutes", "60")).toBeUndefined();
    await sql("DELETE FROM durable.workflow_status WHERE workflow_uuid = 'due:1'");
  });

  test("show tells the steps, the one that failed, and that it waits for a person's decision", async () => {
    await broken("show:1");
    const [run] = await operate("show", "show:1");
    expect(run).toMatchObject({ state: "ERROR", attempt: 1, waitsFor: "the provider has no such account", acts: [] });
    expect(run?.steps).toEqual([
      expect.objectContaining({ name: "load", error: null }),
      expect.objectContaining({ name: "look", error: null }),
      expect.objectContaining({ name: "ask", error: "the provider has no such account" }),
    ]);
  });

  test("resume lets the same run go on where it stopped: what was done before is not done again", async () => {
    await broken("resume:1");
    isMended = true;
    expect(await operate("resume", "resume:1", "--actor", "Sari")).toEqual([{ resumed: "resume:1" }]);
    await until("resume:1", "SUCCESS");
    expect(doneBy("resume:1")).toEqual(["load", "look", "ask", "ask", "record"]);
    expect((await operate("show", "resume:1"))[0]?.acts).toMatchObject([
      { actor: "Sari", kind: "RUN_RESUMED", login: "commerce_runtime" },
    ]);
  });

  test("a run whose recovery was given up goes on after a resume", async () => {
    await start("resume:2", { refundId }, 3_600_000);
    await sql(
      "UPDATE durable.workflow_status SET status = 'MAX_RECOVERY_ATTEMPTS_EXCEEDED', recovery_attempts = 21 WHERE workflow_uuid = 'resume:2'",
    );
    await operate("resume", "resume:2", "--actor", "Sari");
    await until("resume:2", "SUCCESS");
  });

  test("retry does the work as a fresh run under a new id, once; the old run is listed and counted no more", async () => {
    await broken("retry:1");
    const countErrors = async () =>
      (await readRunOverview(parts.database.pool)).find(({ state }) => state === "ERROR")?.runs ?? 0;
    const before = await countErrors();
    isMended = true;
    const twice = await Promise.allSettled([
      operate("retry", "retry:1", "--actor", "Sari", "--note", "ticket 7"),
      operate("retry", "retry:1", "--actor", "Budi"),
    ]);
    expect(twice.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    await until("retry:1!1", "SUCCESS");
    expect(doneBy("retry:1!1")).toEqual(["load", "look", "ask", "record"]);
    expect((await operate("list")).map(({ id }) => id)).not.toContain("retry:1");
    expect(await countErrors()).toBe(before - 1);
    await expect(operate("resume", "retry:1", "--actor", "Sari")).rejects.toThrow("goes on as retry:1!1");
  });

  test("assign hands a run over, again and again, and keeps everybody who had it", async () => {
    await broken("assign:1");
    await operate("assign", "assign:1", "--to", "finance", "--actor", "Sari", "--note", "the account is closed");
    await operate("assign", "assign:1", "--to", "Budi", "--actor", "Sari", "--note", "ask the buyer");
    const found = (await operate("list")).find(({ id }) => id === "assign:1");
    expect(found).toMatchObject({ owner: "Budi", note: "ask the buyer" });
    const acts = (await operate("show", "assign:1"))[0]?.acts;
    expect(acts).toMatchObject([{ outcome: "finance" }, { outcome: "Budi" }]);
    for (const change of ["UPDATE operator_act SET actor = 'Nobody'", "DELETE FROM operator_act"]) {
      await expect(sql(change)).rejects.toThrow(/permission denied/);
    }
    const forged = `INSERT INTO operator_act (id, actor, kind, subject, login, at)
      VALUES (gen_random_uuid(), 'Sari', 'RUN_ASSIGNED', 'assign:2', 'postgres', '2020-01-01') RETURNING login, at > now() - interval '1 hour' AS "isNow"`;
    expect(await sql(forged)).toEqual([{ login: "commerce_runtime", isNow: true }]);
  });

  test("the program writes a line of JSON for each thing, and ends with a sentence and code 1 when nothing was done", async () => {
    await broken("program:1");
    const program = join(projectRoot, "dist", "subgraphs", "commerce", "operate.js");
    const env = childEnvironment({ COMMERCE_DATABASE_URL: commerce.urls.runtime });
    const run = (...args: string[]) => promisify(execFile)(process.execPath, [program, "runs", ...args], { env });
    const lines = (await run("list")).stdout.trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).id)).toContain("program:1");
    await expect(run("resume", "program:1")).rejects.toMatchObject({
      code: 1,
      stdout: expect.not.stringContaining("resumed"),
      stderr: expect.stringContaining("say who acts: --actor NAME"),
    });
  }, 90_000);

  test("a run that is done, not due yet or under way is left alone, and the refusal says why", async () => {
    await start("left:1", { refundId });
    await until("left:1", "SUCCESS");
    await start("left:2", { refundId }, 3_600_000);
    for (const [args, words] of [
      [["resume", "left:1", "--actor", "Sari"], "is done"],
      [["retry", "left:1", "--actor", "Sari"], "it is done"],
      [["resume", "left:2", "--actor", "Sari"], "is not due before"],
      [["retry", "left:2", "--actor", "Sari"], "resume it instead, or wait"],
      [["resume", "left:1"], "say who acts: --actor NAME"],
      [["show", "nothing"], "there is no run nothing"],
      [["resume", "left:1", "--actors", "Sari"], "it takes --actor"],
    ] as const) {
      await expect(operate(...args)).rejects.toThrow(words);
    }
  });
});
