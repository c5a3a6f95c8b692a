import type { Pool } from "pg";

const batch = 1_000;

/**
 * Forgets idempotency keys that were claimed so long ago, in batches; answers how many. A request that comes again later counts
 * as a new one: what it is about (a cart that is empty, an order that was paid) refuses it then, not its key.
 */
export async function forgetOldKeys(pool: Pool, now: Date, keptHours: number): Promise<number> {
  const before = new Date(now.getTime() - keptHours * 3_600_000);
  for (let forgotten = 0; ; ) {
    const { rowCount } = await pool.query(
      `DELETE FROM idempotency_key WHERE ctid = ANY(ARRAY(
         SELECT ctid FROM idempotency_key WHERE created_at < $1 ORDER BY created_at LIMIT ${batch} FOR UPDATE SKIP LOCKED))`,
      [before],
    );
    forgotten += rowCount ?? 0;
    if ((rowCount ?? 0) < batch) return forgotten;
  }
}
