import type { Pool } from "pg";

const keptHours = 24;

/**
 * Forgets shipping quotes that expired a day ago: an order has what was agreed in its shipment, and checkout refuses an
 * expired quote as it refuses one that never was. Answers how many.
 */
export async function forgetOldQuotes(pool: Pool, now: Date): Promise<number> {
  const { rowCount } = await pool.query(
    "DELETE FROM shipping_quote WHERE expires_at < $1::timestamptz - make_interval(hours => $2)",
    [now, keptHours],
  );
  return rowCount ?? 0;
}
