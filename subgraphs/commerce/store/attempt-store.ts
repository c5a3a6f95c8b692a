import type { Pool } from "pg";
import type { AttemptStore } from "../domain/attempts.ts";
import type { TransactionClient } from "./client.ts";

/** Attempts of one transaction. */
export function createAttemptStore(client: TransactionClient): AttemptStore {
  return {
    count: async (subject, action, startsAt) => {
      const [row] = await client.$queryRaw<{ attempts: number }[]>`
        INSERT INTO attempt_window AS w (subject, action, starts_at, attempts)
        VALUES (${subject}, ${action}, ${startsAt}, 1)
        ON CONFLICT (subject, action, starts_at) DO UPDATE SET attempts = w.attempts + 1 RETURNING attempts`;
      if (row === undefined) throw new Error("an attempt was not counted");
      return row.attempts;
    },
  };
}

/** Forgets windows that began more than a day ago; answers how many. */
export async function forgetOldAttempts(pool: Pool, now: Date): Promise<number> {
  const { rowCount } = await pool.query(
    "DELETE FROM attempt_window WHERE starts_at < $1::timestamptz - interval '1 day'",
    [now],
  );
  return rowCount ?? 0;
}
