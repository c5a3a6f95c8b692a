import { Prisma, type PrismaClient } from "../../../prisma/commerce/client/client.ts";
import { tradingCurrency } from "../domain/cart-pricing.ts";
import { classOf } from "../domain/ledger/chart.ts";
import type { LedgerAudit, LedgerReads } from "../domain/reads.ts";
import type { TransactionClient } from "./client.ts";
import { readBalances } from "./ledger-balances.ts";

async function readSize(client: TransactionClient): Promise<LedgerAudit["size"]> {
  const [size] = await client.$queryRaw<LedgerAudit["size"][]>`
    SELECT (SELECT count(*)::int FROM ledger_transaction) AS transactions, (SELECT count(*)::int FROM ledger_entry) AS entries,
      (SELECT count(*)::int FROM ledger_account) AS accounts, (SELECT count(*)::int FROM ledger_transfer) AS transfers,
      (SELECT count(*)::int FROM ledger_snapshot) AS snapshots`;
  if (size === undefined) throw new Error("the ledger was not counted");
  return size;
}

async function unbalancedOf(client: TransactionClient): Promise<string[]> {
  const rows = await client.$queryRaw<{ id: string }[]>`
    SELECT t.id FROM ledger_transaction t LEFT JOIN ledger_entry e ON e.transaction_id = t.id
    GROUP BY t.id, e.currency HAVING coalesce(sum(e.amount_minor), 1) <> 0`;
  return rows.map((row) => row.id);
}

async function isSumZero(client: TransactionClient): Promise<boolean> {
  const rows = await client.$queryRaw<{ total: bigint }[]>`
    SELECT coalesce(sum(amount_minor), 0)::bigint AS total FROM ledger_entry GROUP BY currency`;
  return rows.every((row) => row.total === 0n);
}

/** Between its payment and its end, an order has its total there less what was given back; before and after, nothing. */
function escrowMismatchesOf(client: TransactionClient): Promise<LedgerAudit["escrowMismatches"]> {
  return client.$queryRaw`
    SELECT * FROM (
      SELECT o.id AS "orderId",
        CASE WHEN o.status IN ('CONFIRMED', 'SHIPPED', 'DELIVERED') THEN o.total_minor -
          (SELECT coalesce(sum(r.amount_minor), 0)::bigint FROM refund r WHERE r.order_id = o.id) ELSE 0 END AS expected,
        (SELECT coalesce(-sum(e.amount_minor), 0)::bigint FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id
          WHERE a.code = 'buyer_escrow:' || o.id) AS posted
      FROM "order" o
    ) AS escrow WHERE expected <> posted`;
}

/** Orders of which more was given back than was paid. */
async function overRefundedOf(client: TransactionClient): Promise<string[]> {
  const rows = await client.$queryRaw<{ id: string }[]>`
    SELECT o.id FROM "order" o JOIN refund r ON r.order_id = o.id
    GROUP BY o.id HAVING sum(r.amount_minor) > o.total_minor`;
  return rows.map((row) => row.id);
}

/** Content organisations whose commissions by line are not what releases and their reversals posted for them. */
async function commissionMismatchesOf(client: TransactionClient): Promise<string[]> {
  const rows = await client.$queryRaw<{ account: string }[]>`
    WITH accrued AS (
      SELECT 'affiliate_payable:' || organisation AS account, sum(amount_minor) AS total FROM commission_accrual GROUP BY 1
    ), posted AS (
      SELECT a.code AS account, -sum(e.amount_minor) AS total FROM ledger_entry e
      JOIN ledger_account a ON a.id = e.account_id JOIN ledger_transaction t ON t.id = e.transaction_id
      WHERE a.code LIKE 'affiliate\_payable:%' AND t.kind IN ('release', 'refund-requested') GROUP BY 1
    )
    SELECT coalesce(accrued.account, posted.account) AS account FROM accrued FULL JOIN posted USING (account)
    WHERE coalesce(accrued.total, 0) <> coalesce(posted.total, 0)`;
  return rows.map((row) => row.account);
}

/** Every snapshot of this cluster against the sum of all entries below it, from the beginning of the journal. */
function snapshotMismatchesOf(client: TransactionClient): Promise<LedgerAudit["snapshotMismatches"]> {
  return client.$queryRaw`
    SELECT s.id AS "snapshotId", a.code AS account, coalesce(b.balance_minor, 0) AS kept,
           coalesce(replay.total, 0)::bigint AS replayed
    FROM ledger_snapshot s CROSS JOIN ledger_account a
    LEFT JOIN ledger_snapshot_balance b ON b.snapshot_id = s.id AND b.account_id = a.id
    LEFT JOIN LATERAL (
      SELECT sum(e.amount_minor) AS total FROM ledger_entry e
      WHERE e.account_id = a.id AND e.posted_by_xact < s.through_xact
    ) AS replay ON true
    WHERE s.cluster = (SELECT system_identifier::text FROM pg_control_system())
      AND coalesce(b.balance_minor, 0) <> coalesce(replay.total, 0)`;
}

/** Transfers whose resolution and ledger transaction do not say the same. */
async function transferFaultsOf(client: TransactionClient): Promise<string[]> {
  const rows = await client.$queryRaw<{ id: string }[]>`
    SELECT t.id FROM ledger_transfer t LEFT JOIN ledger_transfer_resolution r ON r.transfer_id = t.id
    LEFT JOIN ledger_transaction x ON x.kind = t.kind AND x.reference = t.id::text
    LEFT JOIN LATERAL (
      SELECT count(*) FILTER (WHERE (e.account_id, e.amount_minor) IN
        ((t.debit_account_id, r.posted_minor), (t.credit_account_id, -r.posted_minor))) AS fitting, count(*) AS entries
      FROM ledger_entry e WHERE e.transaction_id = x.id
    ) AS moved ON true
    WHERE coalesce(r.posted_minor, 0) > t.amount_minor
      OR (coalesce(r.outcome, '') = 'POSTED' AND (x.id IS DISTINCT FROM r.transaction_id OR moved.fitting <> 2 OR moved.entries <> 2))
      OR (coalesce(r.outcome, '') <> 'POSTED' AND x.id IS NOT NULL)`;
  return rows.map((row) => row.id);
}

/** Accounts of which more was taken than was ever there. */
function overdrawnOf(client: TransactionClient): Promise<LedgerAudit["overdrawnAccounts"]> {
  return client.$queryRaw`
    SELECT a.code AS account, sum(e.amount_minor)::bigint AS balance
    FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id
    WHERE split_part(a.code, ':', 1) IN ('buyer_escrow', 'seller_payable', 'seller_receivable', 'courier_payable',
      'courier_receivable', 'refund_payable', 'suspense')
    GROUP BY a.id HAVING sum(e.amount_minor) * CASE WHEN split_part(a.code, ':', 1) LIKE '%receivable' THEN 1 ELSE -1 END < 0`;
}

async function strayAccountsOf(client: TransactionClient): Promise<string[]> {
  const rows = await client.$queryRaw<{ code: string }[]>`SELECT code FROM ledger_account ORDER BY code`;
  return rows.map((row) => row.code).filter((code) => classOf(code) === null);
}

/** Looks at the ledger as a whole; every figure is derived from the entries. */
export function createLedgerReads(prisma: PrismaClient): LedgerReads {
  async function audit(): Promise<LedgerAudit> {
    // One view of the books for all checks: what is posted meanwhile is not half seen.
    return prisma.$transaction(
      async (client) => {
        await client.$executeRaw`SET LOCAL statement_timeout = '600s'`;
        return {
          size: await readSize(client),
          unbalancedTransactions: await unbalancedOf(client),
          isSumZero: await isSumZero(client),
          escrowMismatches: await escrowMismatchesOf(client),
          overRefundedOrders: await overRefundedOf(client),
          commissionMismatches: await commissionMismatchesOf(client),
          snapshotMismatches: await snapshotMismatchesOf(client),
          transferFaults: await transferFaultsOf(client),
          overdrawnAccounts: await overdrawnOf(client),
          strayAccounts: await strayAccountsOf(client),
        };
      },
      { isolationLevel: Prisma.TransactionIsolationLevel.RepeatableRead, maxWait: 10_000, timeout: 600_000 },
    );
  }
  return {
    balances: async (accounts) => {
      const balances = await readBalances(prisma, accounts, tradingCurrency);
      return new Map([...balances].map(([account, { balanceMinor }]) => [account, balanceMinor]));
    },
    audit,
  };
}
