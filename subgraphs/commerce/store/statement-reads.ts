import { toPage } from "../../../platform/values/page.ts";
import { Prisma, type PrismaClient } from "../../../prisma/commerce/client/client.ts";
import { tradingCurrency } from "../domain/cart-pricing.ts";
import { accounts } from "../domain/ledger/movements.ts";
import {
  type AffiliateMovement,
  type AffiliateMovementKind,
  movementKey,
  type Period,
  type SellerMovementKind,
  type Standing,
  type StatementReads,
} from "../domain/statement.ts";

interface MovementRow {
  readonly id: string;
  readonly kind: string;
  readonly amountMinor: bigint;
  readonly at: Date;
}

const sellerKinds: Readonly<Record<string, SellerMovementKind>> = {
  release: "RELEASE",
  "refund-requested": "REFUND",
  payout: "PAYOUT",
  correction: "CORRECTION",
};

/** Where a page begins: after an instant and an id; before everything when it is the first. */
function startOf(after: string | null): { readonly at: Date; readonly id: string } {
  if (after === null) return { at: new Date(0), id: "00000000-0000-0000-0000-000000000000" };
  const [at = "", id = ""] = after.split(" ");
  return { at: new Date(at), id };
}

function money(amountMinor: bigint) {
  return { amountMinor, currency: tradingCurrency };
}

// Clocks differ, and a transaction takes its time between reading the clock and its commit; an hour is plenty for both.
const marginMs = 3_600_000;

/** The latest snapshot from before a period, with an id and the point in the journal: all below it happened before `from`. */
function snapshotBefore(from: Date): Prisma.Sql {
  return Prisma.sql`(SELECT id, through_xact FROM ledger_snapshot
    WHERE cluster = (SELECT system_identifier::text FROM pg_control_system())
      AND taken_at <= ${new Date(from.getTime() - marginMs)} ORDER BY through_xact DESC LIMIT 1)`;
}

/** Statements from the ledger and what stands beside it. No account is summed up from before the snapshot of its period. */
export function createStatementReads(prisma: PrismaClient): StatementReads {
  async function standingOf(codes: readonly string[], { from, until }: Period): Promise<Standing> {
    const [row] = await prisma.$queryRaw<{ opening: bigint; closing: bigint }[]>`
      SELECT coalesce(-sum(coalesce(kept.balance_minor, 0) + coalesce(since.opening, 0)), 0)::bigint AS opening,
             coalesce(-sum(coalesce(kept.balance_minor, 0) + coalesce(since.closing, 0)), 0)::bigint AS closing
      FROM ledger_account a LEFT JOIN ${snapshotBefore(from)} AS snapshot ON true
      LEFT JOIN ledger_snapshot_balance kept ON kept.snapshot_id = snapshot.id AND kept.account_id = a.id
      LEFT JOIN LATERAL (
        SELECT sum(e.amount_minor) FILTER (WHERE t.posted_at < ${from}) AS opening, sum(e.amount_minor) AS closing
        FROM ledger_entry e JOIN ledger_transaction t ON t.id = e.transaction_id
        WHERE e.account_id = a.id AND e.posted_by_xact >= coalesce(snapshot.through_xact, '0'::xid8)
          AND t.posted_at < ${until}
      ) AS since ON true
      WHERE a.code = ANY(${[...codes]}::text[]) AND a.currency = ${tradingCurrency}`;
    return { opening: money(row?.opening ?? 0n), closing: money(row?.closing ?? 0n) };
  }
  const sellerCodes = (shopId: string) => [accounts.sellerPayable(shopId), accounts.sellerReceivable(shopId)];

  const sellerMovements: StatementReads["sellerMovements"] = async (shopId, { from, until }, page) => {
    const start = startOf(page.after);
    // What a shop owes is taken off what it is owed within one transaction: that sums to zero and is no movement.
    const rows = await prisma.$queryRaw<(MovementRow & { orderId: string | null })[]>`
      SELECT t.id, t.kind, t.posted_at AS at, -sum(e.amount_minor)::bigint AS "amountMinor",
        CASE t.kind WHEN 'release' THEN t.reference
          WHEN 'refund-requested' THEN (SELECT r.order_id::text FROM refund r WHERE r.id = t.reference::uuid) END AS "orderId"
      FROM ledger_account a LEFT JOIN ${snapshotBefore(from)} AS snapshot ON true
      JOIN ledger_entry e ON e.account_id = a.id AND e.posted_by_xact >= coalesce(snapshot.through_xact, '0'::xid8)
      JOIN ledger_transaction t ON t.id = e.transaction_id
      WHERE a.code = ANY(${sellerCodes(shopId)}::text[]) AND a.currency = ${tradingCurrency}
        AND t.posted_at >= ${from} AND t.posted_at < ${until} AND (t.posted_at, t.id) > (${start.at}, ${start.id}::uuid)
      GROUP BY t.id HAVING sum(e.amount_minor) <> 0 ORDER BY t.posted_at, t.id LIMIT ${page.first + 1}`;
    // A kind without a name of its own is shown all the same: the opening and the movements make the closing.
    const movements = rows.map(({ kind, amountMinor, ...row }) => ({
      ...row,
      kind: sellerKinds[kind] ?? ("OTHER" as const),
      amount: money(amountMinor),
    }));
    return toPage(movements, page, movementKey);
  };

  const affiliateMovements: StatementReads["affiliateMovements"] = async (organisation, { from, until }, page) => {
    const start = startOf(page.after);
    const rows = await prisma.$queryRaw<(MovementRow & Omit<AffiliateMovement, "kind" | "amount">)[]>`
      SELECT * FROM (
        SELECT id, CASE WHEN amount_minor > 0 THEN 'COMMISSION' ELSE 'REVERSAL' END AS kind, at, amount_minor AS "amountMinor",
          creator_id AS "creatorId", video_id AS "videoId", live_session_id AS "liveSessionId", product_id AS "productId"
        FROM commission_accrual WHERE organisation = ${organisation} AND at >= ${from} AND at < ${until}
        UNION ALL
        SELECT t.id, CASE t.kind WHEN 'payout' THEN 'PAYOUT' WHEN 'correction' THEN 'CORRECTION' ELSE 'OTHER' END,
          t.posted_at, -e.amount_minor, NULL, NULL, NULL, NULL
        FROM ledger_account a LEFT JOIN ${snapshotBefore(from)} AS snapshot ON true
        JOIN ledger_entry e ON e.account_id = a.id AND e.posted_by_xact >= coalesce(snapshot.through_xact, '0'::xid8)
        JOIN ledger_transaction t ON t.id = e.transaction_id
        WHERE a.code = ${accounts.affiliatePayable(organisation)} AND a.currency = ${tradingCurrency} 
          AND t.kind NOT IN ('release', 'refund-requested')
          AND t.posted_at >= ${from} AND t.posted_at < ${until}
      ) AS movement
      WHERE (at, id) > (${start.at}, ${start.id}::uuid) ORDER BY at, id LIMIT ${page.first + 1}`;
    const movements = rows.map(({ kind, amountMinor, ...row }) => ({
      ...row,
      kind: kind as AffiliateMovementKind,
      amount: money(amountMinor),
    }));
    return toPage(movements, page, movementKey);
  };

  return {
    sellerStanding: (shopId, period) => standingOf(sellerCodes(shopId), period),
    sellerMovements,
    affiliateStanding: (organisation, period) => standingOf([accounts.affiliatePayable(organisation)], period),
    affiliateMovements,
  };
}
