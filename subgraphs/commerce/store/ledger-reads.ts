import type { PrismaClient } from "../../../prisma/commerce/client/client.ts";
import type { LedgerAudit, LedgerReads } from "../domain/reads.ts";

/** Looks at the ledger as a whole; every figure is derived from the entries. */
export function createLedgerReads(prisma: PrismaClient): LedgerReads {
  async function balances(accounts: readonly string[]): Promise<ReadonlyMap<string, bigint>> {
    const rows = await prisma.$queryRaw<{ code: string; balance: bigint }[]>`
      SELECT a.code, coalesce(sum(e.amount_minor), 0)::bigint AS balance
      FROM ledger_account a LEFT JOIN ledger_entry e ON e.account_id = a.id
      WHERE a.code = ANY(${[...accounts]}::text[]) GROUP BY a.code`;
    const known = new Map(rows.map((row) => [row.code, row.balance]));
    return new Map(accounts.map((account) => [account, known.get(account) ?? 0n]));
  }
  async function audit(): Promise<LedgerAudit> {
    const unbalanced = await prisma.$queryRaw<{ id: string }[]>`
      SELECT t.id FROM ledger_transaction t LEFT JOIN ledger_entry e ON e.transaction_id = t.id
      GROUP BY t.id, e.currency HAVING coalesce(sum(e.amount_minor), 1) <> 0`;
    const totals = await prisma.$queryRaw<{ total: bigint }[]>`
      SELECT coalesce(sum(amount_minor), 0)::bigint AS total FROM ledger_entry GROUP BY currency`;
    // Nothing releases escrow yet: a confirmed order has its whole total there, any other order nothing.
    const escrow = await prisma.$queryRaw<{ orderId: string; expected: bigint; posted: bigint }[]>`
      SELECT o.id AS "orderId", CASE o.status WHEN 'CONFIRMED' THEN o.total_minor ELSE 0 END AS expected,
             coalesce(-sum(e.amount_minor), 0)::bigint AS posted
      FROM "order" o LEFT JOIN ledger_account a ON a.code = 'buyer_escrow:' || o.id
      LEFT JOIN ledger_entry e ON e.account_id = a.id
      GROUP BY o.id HAVING coalesce(-sum(e.amount_minor), 0) <> CASE o.status WHEN 'CONFIRMED' THEN o.total_minor ELSE 0 END`;
    return {
      unbalancedTransactions: unbalanced.map((row) => row.id),
      isSumZero: totals.every((row) => row.total === 0n),
      escrowMismatches: escrow,
    };
  }
  return { balances, audit };
}
