import { toPage } from "../../../platform/values/page.ts";
import type { PrismaClient } from "../../../prisma/commerce/client/client.ts";
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

/** Statements from the ledger and what stands beside it. */
export function createStatementReads(prisma: PrismaClient): StatementReads {
  async function standingOf(codes: readonly string[], { from, until }: Period): Promise<Standing> {
    const [row] = await prisma.$queryRaw<{ opening: bigint; closing: bigint }[]>`
      SELECT coalesce(-sum(e.amount_minor) FILTER (WHERE t.posted_at < ${from}), 0)::bigint AS opening,
             coalesce(-sum(e.amount_minor), 0)::bigint AS closing
      FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id JOIN ledger_transaction t ON t.id = e.transaction_id
      WHERE a.code = ANY(${[...codes]}::text[]) AND a.currency = ${tradingCurrency} AND t.posted_at < ${until}`;
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
      FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id JOIN ledger_transaction t ON t.id = e.transaction_id
      WHERE a.code = ANY(${sellerCodes(shopId)}::text[]) AND a.currency = ${tradingCurrency}
        AND t.posted_at >= ${from} AND t.posted_at < ${until} AND (t.posted_at, t.id) > (${start.at}, ${start.id}::uuid)
      GROUP BY t.id HAVING sum(e.amount_minor) <> 0 ORDER BY t.posted_at, t.id LIMIT ${page.first + 1}`;
    const movements = rows.map(({ kind, amountMinor, ...row }) => {
      const known = sellerKinds[kind];
      if (known === undefined)
        throw new Error(`ledger transactions of kind ${kind} have no name on a shop's statement`);
      return { ...row, kind: known, amount: money(amountMinor) };
    });
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
        SELECT t.id, 'PAYOUT', t.posted_at, -e.amount_minor, NULL, NULL, NULL, NULL
        FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id JOIN ledger_transaction t ON t.id = e.transaction_id
        WHERE a.code = ${accounts.affiliatePayable(organisation)} AND a.currency = ${tradingCurrency} AND t.kind = 'payout'
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
