import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { forgetOldNumbers } from "../../../../subgraphs/commerce/store/number-retention.ts";
import { useDatabase } from "../../../support/databases.ts";

describe("numbers of call-backs", () => {
  const commerce = useDatabase("commerce", { rows: "none" });
  let pool: pg.Pool;

  beforeAll(() => {
    pool = new pg.Pool({ connectionString: commerce.urls.runtime });
    // The database is dropped before the pool is closed.
    pool.on("error", () => undefined);
  });
  afterAll(() => pool?.end());

  test("numbers older than two days are forgotten, younger ones still keep replays out", async () => {
    for (const day of ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-24"]) {
      await pool.query(
        `INSERT INTO inbound_external_id (provider, day, external_id, body_hash, received_at)
         VALUES ('kantong', $1, '1', 'x', now())`,
        [day],
      );
    }
    expect(await forgetOldNumbers(pool, new Date("2026-11-24T03:00:00Z"))).toBe(2);
    const { rows } = await pool.query("SELECT day::text FROM inbound_external_id ORDER BY day");
    expect(rows.map((row) => row.day)).toEqual(["2026-11-22", "2026-11-24"]);
  });
});
