import type { AccountBalance } from "../domain/ledger/transfer.ts";
import type { TransactionClient } from "./client.ts";

interface BalanceRow {
  readonly code: string;
  readonly balance: bigint;
  readonly pendingDebit: bigint;
  readonly pendingCredit: bigint;
}

/**
 * Reads balances of accounts in one currency: the latest snapshot's and what was added since, so that no busy account is
 * summed up from its beginning. Accounts that were never opened have zero.
 */
export async function readBalances(
  client: TransactionClient,
  accounts: readonly string[],
  currency: string,
): Promise<ReadonlyMap<string, AccountBalance>> {
  const rows = await client.$queryRaw<BalanceRow[]>`
    SELECT a.code,
      (coalesce(kept.balance_minor, 0) + coalesce(since.total, 0))::bigint AS balance,
      coalesce(debits.total, 0)::bigint AS "pendingDebit", coalesce(credits.total, 0)::bigint AS "pendingCredit"
    FROM ledger_account a
    LEFT JOIN (
      SELECT id, through_xact FROM ledger_snapshot
      WHERE cluster = (SELECT system_identifier::text FROM pg_control_system())
      ORDER BY through_xact DESC LIMIT 1
    ) AS latest ON true
    LEFT JOIN ledger_snapshot_balance kept ON kept.snapshot_id = latest.id AND kept.account_id = a.id
    LEFT JOIN LATERAL (
      SELECT sum(e.amount_minor) AS total FROM ledger_entry e
      WHERE e.account_id = a.id AND e.posted_by_xact >= coalesce(latest.through_xact, '0'::xid8)
    ) AS since ON true
    LEFT JOIN LATERAL (
      SELECT sum(t.amount_minor) AS total FROM ledger_transfer t
      WHERE t.debit_account_id = a.id AND NOT EXISTS (SELECT FROM ledger_transfer_resolution r WHERE r.transfer_id = t.id)
    ) AS debits ON true
    LEFT JOIN LATERAL (
      SELECT sum(t.amount_minor) AS total FROM ledger_transfer t
      WHERE t.credit_account_id = a.id AND NOT EXISTS (SELECT FROM ledger_transfer_resolution r WHERE r.transfer_id = t.id)
    ) AS credits ON true
    WHERE a.code = ANY(${[...accounts]}::text[]) AND a.currency = ${currency}`;
  const known = new Map(rows.map((row) => [row.code, row]));
  return new Map(
    accounts.map((account) => {
      const row = known.get(account);
      return [
        account,
        {
          balanceMinor: row?.balance ?? 0n,
          pendingDebitMinor: row?.pendingDebit ?? 0n,
          pendingCreditMinor: row?.pendingCredit ?? 0n,
        },
      ];
    }),
  );
}
