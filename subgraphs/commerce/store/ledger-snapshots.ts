import type { NewId } from "../../../platform/values/ids.ts";
import type { PrismaClient } from "../../../prisma/commerce/client/client.ts";

/** A snapshot that was taken: how many accounts have a balance in it that is not zero. */
export interface TakenSnapshot {
  readonly id: string;
  readonly accounts: number;
}

/**
 * Keeps every account's balance as of a point in the journal below which nothing is still being written: that of the oldest
 * database transaction under way. It adds to the latest snapshot what came since, so that a replay of the whole journal has
 * something to verify. Several at once are harmless.
 */
export function createSnapshotTaker(prisma: PrismaClient, newId: NewId): (at: Date) => Promise<TakenSnapshot> {
  return async (at) => {
    const id = newId();
    const accounts = await prisma.$transaction(
      async (client) => {
        await client.$executeRaw`SET LOCAL statement_timeout = '120s'`;
        await client.$executeRaw`
          INSERT INTO ledger_snapshot (id, through_xact, cluster, taken_at)
          SELECT ${id}::uuid, pg_snapshot_xmin(pg_current_snapshot()), system_identifier::text, ${at} FROM pg_control_system()`;
        return client.$executeRaw`
          WITH taken AS (SELECT * FROM ledger_snapshot WHERE id = ${id}::uuid),
          earlier AS (
            SELECT s.id, s.through_xact FROM ledger_snapshot s, taken
            WHERE s.cluster = taken.cluster AND s.through_xact <= taken.through_xact AND s.id <> taken.id
            ORDER BY s.through_xact DESC LIMIT 1
          )
          INSERT INTO ledger_snapshot_balance (snapshot_id, account_id, balance_minor)
          SELECT ${id}::uuid, account_id, sum(amount_minor) FROM (
            SELECT account_id, balance_minor AS amount_minor FROM ledger_snapshot_balance
            WHERE snapshot_id = (SELECT id FROM earlier)
            UNION ALL
            SELECT account_id, amount_minor FROM ledger_entry, taken
            WHERE posted_by_xact < taken.through_xact
              AND posted_by_xact >= coalesce((SELECT through_xact FROM earlier), '0'::xid8)
          ) AS moved GROUP BY account_id HAVING sum(amount_minor) <> 0`;
      },
      { maxWait: 10_000, timeout: 120_000 },
    );
    return { id, accounts };
  };
}
