import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { pino } from "pino";
import { type Database, openDatabase } from "../../../../../platform/runtime/database.ts";
import { newId } from "../../../../../platform/runtime/ids.ts";
import { PrismaClient } from "../../../../../prisma/commerce/client/client.ts";
import { NeedsAttentionError, type Workflow } from "../../../../../subgraphs/commerce/domain/durable-run.ts";
import type { Transactions, WorkflowName } from "../../../../../subgraphs/commerce/domain/ports.ts";
import { type DurableEngine, startDurableEngine } from "../../../../../subgraphs/commerce/store/durable/engine.ts";
import { createDurableWork } from "../../../../../subgraphs/commerce/store/durable/start-in-tx.ts";
import { createTransactions } from "../../../../../subgraphs/commerce/store/transactions.ts";
import { useDatabase } from "../../../../support/databases.ts";

const logger = pino({ level: process.env.TEST_LOG ?? "silent" });
const work = createDurableWork(() => new Date());

/** Waits until `check` answers something else than undefined. */
async function eventually<Value>(check: () => Promise<Value | undefined>, deadlineMs = 15_000): Promise<Value> {
  const until = Date.now() + deadlineMs;
  for (;;) {
    const value = await check();
    if (value !== undefined) return value;
    if (Date.now() > until) throw new Error("it did not happen in time");
    await sleep(50);
  }
}

describe("the durable engine", () => {
  const commerce = useDatabase("commerce", { rows: "none" });
  const seen: { workflow: string; id: string; input: Readonly<Record<string, string>>; at: number }[] = [];
  let database: Database;
  let prisma: PrismaClient;
  let transactions: Transactions;
  let engine: DurableEngine;
  let behave: Workflow = async () => undefined;

  const body =
    (workflow: string): Workflow =>
    async (run, input) => {
      seen.push({ workflow, id: run.id, input, at: Date.now() });
      await behave(run, input);
    };

  async function start(id: string, input: Record<string, string> = {}, delayMs = 0): Promise<void> {
    await transactions.runInTransaction((tx) => work.startInTx(tx, "expire-payment", id, input, { delayMs }));
  }

  async function finished(id: string): Promise<string> {
    return eventually(async () => {
      const { rows } = await database.pool.query(
        "SELECT status FROM durable.workflow_status WHERE workflow_uuid = $1",
        [id],
      );
      const status = rows[0]?.status;
      return status === "SUCCESS" || status === "ERROR" ? String(status) : undefined;
    });
  }

  beforeAll(async () => {
    database = openDatabase({ url: commerce.urls.runtime, maxConnections: 8, statementTimeoutMs: 10_000 }, logger);
    prisma = new PrismaClient({ adapter: database.adapter });
    transactions = createTransactions(prisma, newId, () => undefined);
    const names: WorkflowName[] = [
      "settle-payment-request",
      "expire-payment",
      "apply-notification",
      "refund-late-money",
    ];
    engine = await startDurableEngine({
      databaseUrl: commerce.urls.runtime,
      database,
      transactions,
      workflows: Object.fromEntries(names.map((name) => [name, body(name)])) as Record<WorkflowName, Workflow>,
      concurrency: 8,
      logger,
    });
  }, 90_000);

  afterAll(async () => {
    await engine?.stop();
    await prisma?.$disconnect();
    await database?.close();
  });

  test("work started in a transaction that commits runs, with its input, soon", async () => {
    const startedAt = Date.now();
    await start("run-1", { paymentId: "p-1" });
    expect(await finished("run-1")).toBe("SUCCESS");
    expect(seen.filter((run) => run.id === "run-1")).toMatchObject([
      { workflow: "expire-payment", input: { paymentId: "p-1" } },
    ]);
    expect(Date.now() - startedAt).toBeLessThan(5_000);
  });

  test("work started in a transaction that rolls back does not run", async () => {
    await expect(
      transactions.runInTransaction(async (tx) => {
        await work.startInTx(tx, "expire-payment", "run-2", {});
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    const { rows } = await database.pool.query("SELECT 1 FROM durable.workflow_status WHERE workflow_uuid = 'run-2'");
    expect(rows).toEqual([]);
  });

  test("work started twice under one id runs once", async () => {
    await start("run-3");
    await start("run-3");
    await finished("run-3");
    await start("run-3");
    await sleep(500);
    expect(seen.filter((run) => run.id === "run-3")).toHaveLength(1);
  });

  test("work with a delay runs when it is due and not before", async () => {
    const startedAt = Date.now();
    await start("run-4", {}, 1_500);
    await finished("run-4");
    const run = seen.find(({ id }) => id === "run-4");
    expect((run?.at ?? 0) - startedAt).toBeGreaterThanOrEqual(1_500);
  });

  test("results of steps and transactions keep instants and big integers", async () => {
    const results: unknown[] = [];
    behave = async (run) => {
      results.push(await run.step("outside", async () => ({ at: new Date(5), amount: 12n, none: null })));
      results.push(await run.tx("inside", async () => [new Date(6), 13n]));
      results.push(await run.tx("nothing", async () => undefined));
      const both = [1n, 2n].map((value) => () => run.step(`step ${value}`, async () => value));
      results.push(await run.all(both));
    };
    await start("run-5");
    expect(await finished("run-5")).toBe("SUCCESS");
    expect(results).toEqual([{ at: new Date(5), amount: 12n, none: null }, [new Date(6), 13n], null, [1n, 2n]]);
    behave = async () => undefined;
  });

  test("a run that fails is run again with back-off as a run of its own, without repeating forever in memory", async () => {
    behave = async (_run, input) => {
      if (input.mode === "once" && seen.filter(({ input: other }) => other.mode === "once").length === 1)
        throw new Error("a fault");
    };
    await start("run-6", { mode: "once" });
    expect(await finished("run-6")).toBe("SUCCESS");
    expect(await finished("run-6~2")).toBe("SUCCESS");
    behave = async () => undefined;
  });

  test("a run that needs a person is left as an error and not run again", async () => {
    behave = async () => {
      throw new NeedsAttentionError("look");
    };
    await start("run-7");
    expect(await finished("run-7")).toBe("ERROR");
    const { rows } = await database.pool.query("SELECT 1 FROM durable.workflow_status WHERE workflow_uuid = 'run-7~2'");
    expect(rows).toEqual([]);
    behave = async () => undefined;
  });

  test("a transaction whose connection is cut is done again, and the run succeeds", async () => {
    let attempts = 0;
    behave = async (run) => {
      await run.tx("cut", async (tx) => {
        attempts += 1;
        if (attempts === 1) {
          await database.pool.query(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND usename = current_user AND state = 'idle in transaction'`,
          );
        }
        await tx.payments.load("0195e0a0-0000-7000-8000-000000000000");
      });
    };
    await start("run-8");
    expect(await finished("run-8")).toBe("SUCCESS");
    expect(attempts).toBe(2);
    behave = async () => undefined;
  });

  test("the run-time role has no DDL in the engine's schema", async () => {
    await expect(database.pool.query("CREATE TABLE durable.mine (id int)")).rejects.toThrow(/permission denied/);
    await expect(database.pool.query("TRUNCATE durable.workflow_status CASCADE")).rejects.toThrow(/permission denied/);
    const { rows } = await database.pool.query(
      `SELECT DISTINCT privilege_type FROM information_schema.role_table_grants
       WHERE table_schema = 'durable' AND grantee = current_user ORDER BY privilege_type`,
    );
    expect(rows.map((row) => row.privilege_type)).toEqual(["DELETE", "INSERT", "SELECT", "UPDATE"]);
    await expect(database.pool.query("UPDATE durable.dbos_migrations SET version = 0")).rejects.toThrow(/denied/);
  });
});
