import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { pino } from "pino";
import { holdExecutorLease } from "../../../../../subgraphs/commerce/store/durable/executor-lease.ts";
import { createPeerReaper } from "../../../../../subgraphs/commerce/store/durable/peer-reaper.ts";
import { useDatabase } from "../../../../support/databases.ts";

const logger = pino({ level: "silent" });

describe("the reaper of dead peers", () => {
  const commerce = useDatabase("commerce", { rows: "none" });
  let pool: pg.Pool;
  let taken: string[];

  const newReaper = () =>
    createPeerReaper({
      pool,
      executorId: "me",
      takeOver: async (executorId) => {
        taken.push(executorId);
        await pool.query("UPDATE durable.workflow_status SET status = 'ENQUEUED' WHERE executor_id = $1", [executorId]);
        return 1;
      },
      logger,
    });

  beforeAll(() => {
    pool = new pg.Pool({ connectionString: commerce.urls.runtime, max: 4 });
    pool.on("error", () => undefined);
  });
  beforeEach(async () => {
    taken = [];
    await pool.query("DELETE FROM durable.workflow_status");
    await pool.query(
      `INSERT INTO durable.workflow_status (workflow_uuid, status, name, executor_id, application_name)
       VALUES ('run', 'PENDING', 'expire-payment', 'peer', 'commerce')`,
    );
  });
  afterAll(() => pool?.end());

  test("a peer that holds its lease keeps its runs, however often one looks", async () => {
    const lease = await holdExecutorLease(commerce.urls.runtime, "peer", logger);
    const reaper = newReaper();
    for (let look = 0; look < 5; look += 1) await reaper.look();
    expect(taken).toEqual([]);
    await lease.release();
  });

  test("a peer whose lease is free for three looks loses its runs, once", async () => {
    const reaper = newReaper();
    await reaper.look();
    await reaper.look();
    expect(taken).toEqual([]);
    await reaper.look();
    for (let look = 0; look < 4; look += 1) await reaper.look();
    expect(taken).toEqual(["peer"]);
  });

  test("a peer that was missed twice and is back keeps its runs", async () => {
    const reaper = newReaper();
    await reaper.look();
    await reaper.look();
    const lease = await holdExecutorLease(commerce.urls.runtime, "peer", logger);
    for (let look = 0; look < 4; look += 1) await reaper.look();
    expect(taken).toEqual([]);
    await lease.release();
  });

  test("a lease whose connection is cut is taken again by its holder", async () => {
    const lease = await holdExecutorLease(commerce.urls.runtime, "peer", logger);
    await pool.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%executor peer'",
    );
    for (let round = 0; round < 100 && !lease.isHeld(); round += 1) await sleep(50);
    await sleep(300);
    expect(lease.isHeld()).toBe(true);
    const reaper = newReaper();
    for (let look = 0; look < 4; look += 1) await reaper.look();
    expect(taken).toEqual([]);
    await lease.release();
  });
});
