import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { readRunOverview } from "../../../../../subgraphs/commerce/store/durable/run-overview.ts";
import { forgetOldRuns } from "../../../../../subgraphs/commerce/store/durable/run-retention.ts";
import { useDatabase } from "../../../../support/databases.ts";

const day = 86_400_000;
const now = new Date("2026-11-24T00:00:00Z");

describe("records of durable runs", () => {
  const commerce = useDatabase("commerce", { rows: "none" });
  let pool: pg.Pool;

  async function insertRun(id: string, status: string, completedAt: number | null): Promise<void> {
    await pool.query(
      `INSERT INTO durable.workflow_status (workflow_uuid, status, name, created_at, updated_at, completed_at, application_name)
       VALUES ($1, $2, 'expire-payment', $3, $3, $4, 'commerce')`,
      [id, status, now.getTime() - 30 * day, completedAt],
    );
    await pool.query("INSERT INTO durable.workflow_input (workflow_uuid, inputs) VALUES ($1, '{}')", [id]);
    await pool.query("INSERT INTO durable.transaction_completion (workflow_id, function_num) VALUES ($1, 0)", [id]);
  }

  beforeAll(async () => {
    pool = new pg.Pool({ connectionString: commerce.urls.runtime });
    // The database is dropped before the pool is closed.
    pool.on("error", () => undefined);
    await insertRun("old", "SUCCESS", now.getTime() - 8 * day);
    await insertRun("recent", "SUCCESS", now.getTime() - 6 * day);
    await insertRun("failed", "ERROR", now.getTime() - 20 * day);
    await insertRun("waiting", "DELAYED", null);
  }, 90_000);
  afterAll(() => pool?.end());

  test("runs that are not done are counted by workflow and state, with the age of the oldest", async () => {
    const overview = await readRunOverview(pool);
    expect(overview).toEqual([
      { workflow: "expire-payment", state: "DELAYED", runs: 1, oldestDueSeconds: expect.any(Number) },
      { workflow: "expire-payment", state: "ERROR", runs: 1, oldestDueSeconds: expect.any(Number) },
    ]);
  });

  test("runs that succeeded over a week ago are forgotten with their records; failed ones wait for a person", async () => {
    expect(await forgetOldRuns(pool, now)).toBe(1);
    for (const [table, column] of [
      ["workflow_status", "workflow_uuid"],
      ["workflow_input", "workflow_uuid"],
      ["transaction_completion", "workflow_id"],
    ]) {
      const { rows } = await pool.query(`SELECT ${column} AS id FROM durable.${table} ORDER BY 1`);
      expect([table, rows.map((row) => row.id)]).toEqual([table, ["failed", "recent", "waiting"]]);
    }
  });
});
