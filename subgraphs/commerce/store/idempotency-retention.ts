import type { Pool } from "pg";

const batch = 1_000;

async function forget(pool: Pool, table: string, column: string, before: Date): Promise<number> {
  for (let forgotten = 0; ; ) {
    const { rowCount } = await pool.query(
      `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(
         SELECT ctid FROM ${table} WHERE ${column} < $1 ORDER BY ${column} LIMIT ${batch} FOR UPDATE SKIP LOCKED))`,
      [before],
    );
    forgotten += rowCount ?? 0;
    if ((rowCount ?? 0) < batch) return forgotten;
  }
}

/**
 * Forgets idempotency keys that were claimed so long ago, and what was refused under one, in batches; answers how many. A key
 * holds for `keptHours`: afterwards the same request is a new one. What it is about may refuse it then (a cart that is empty, an
 * order that was cancelled), but a partial refund, a change of stock or pieces put into a cart are done once more.
 */
export async function forgetOldKeys(pool: Pool, now: Date, keptHours: number): Promise<number> {
  const before = new Date(now.getTime() - keptHours * 3_600_000);
  return (
    (await forget(pool, "idempotency_key", "created_at", before)) +
    (await forget(pool, "refused_request", "at", before))
  );
}
