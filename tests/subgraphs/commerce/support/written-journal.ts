import pg from "pg";
import { eventually } from "../../../support/eventually.ts";

/**
 * Waits until a snapshot would keep all that was posted before: until no transaction of the server is older than now. Those of
 * other tests count too, because transactions are numbered by the server and not by the database.
 */
export async function untilAllIsWritten(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ now: string }>("SELECT pg_current_xact_id()::text AS now");
    const older = "SELECT 1 WHERE pg_snapshot_xmin(pg_current_snapshot()) > $1::xid8";
    await eventually(
      async () => (await client.query(older, [rows[0]?.now])).rows[0],
      () => "a transaction of the server stays open",
    );
  } finally {
    await client.end();
  }
}
