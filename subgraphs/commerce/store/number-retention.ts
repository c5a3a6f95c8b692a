import type { Pool } from "pg";

const keptDays = 2;

/**
 * Forgets the numbers (X-EXTERNAL-ID) of days that are over everywhere: a provider may use them again, and a repetition of
 * what they stood for is known by its notification. Answers how many. Source: SNAP, X-EXTERNAL-ID is unique within a day.
 */
export async function forgetOldNumbers(pool: Pool, now: Date): Promise<number> {
  const { rowCount } = await pool.query("DELETE FROM inbound_external_id WHERE day < $1::timestamptz::date - $2::int", [
    now,
    keptDays,
  ]);
  return rowCount ?? 0;
}
