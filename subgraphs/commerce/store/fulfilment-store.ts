import type { NewId } from "../../../platform/values/ids.ts";
import type { CommissionAccrual, FulfilmentStore } from "../domain/fulfilment.ts";
import type { LedgerTransactionKind } from "../domain/ledger/transaction.ts";
import type { MoneyRuleKind } from "../domain/money-rules.ts";
import type { OrderDeadlineKind } from "../domain/order-deadlines.ts";
import { requireOrderMove } from "../domain/order-life.ts";
import { openReturnStatuses } from "../domain/order-return.ts";
import type { TransactionClient } from "./client.ts";
import { toOrder, toOrderLine } from "./order-row.ts";
import { appendOrderEvents } from "./order-store.ts";
import { toShipment } from "./shipping-store.ts";

interface RemainingRow {
  readonly organisation: string;
  readonly lineId: string;
  readonly productId: string;
  readonly creatorId: string;
  readonly videoId: string | null;
  readonly liveSessionId: string | null;
  readonly clickedAt: Date;
  readonly currency: string;
  readonly amountMinor: bigint;
}

function locksOf(client: TransactionClient): Pick<FulfilmentStore, "lock" | "move"> {
  return {
    lock: async (orderId) => {
      await client.$queryRaw`
        SELECT 1 FROM payment WHERE id = (SELECT payment_id FROM "order" WHERE id = ${orderId}::uuid) FOR UPDATE`;
      await client.$queryRaw`SELECT 1 FROM "order" WHERE id = ${orderId}::uuid FOR UPDATE`;
      const row = await client.order.findUnique({ where: { id: orderId } });
      const shipment = await client.shipment.findUnique({ where: { orderId } });
      if (row === null) return null;
      const lines = await client.orderLine.findMany({ where: { orderId }, orderBy: { position: "asc" } });
      const refunded = await client.refund.aggregate({ where: { orderId }, _sum: { amountMinor: true } });
      const openReturns = await client.orderReturn.count({
        where: { orderId, status: { in: [...openReturnStatuses] } },
      });
      return {
        ...toOrder(row),
        dispute: row.dispute,
        lines: lines.map((line) => toOrderLine(line, row.currency)),
        refundedMinor: refunded._sum.amountMinor ?? 0n,
        isReturning: openReturns > 0,
        shipment: shipment === null ? null : toShipment(shipment),
      };
    },
    move: async (order, status, dispute) => {
      if (status !== order.status) requireOrderMove(order.status, status);
      const { count } = await client.order.updateMany({
        where: { id: order.id, status: order.status, dispute: order.dispute },
        data: { status, dispute },
      });
      if (count !== 1) throw new Error(`the order ${order.id} is not as it was locked`);
    },
  };
}

function commissionsOf(
  client: TransactionClient,
  newId: NewId,
): Pick<FulfilmentStore, "commissions" | "appendAccruals"> {
  return {
    commissions: async (orderId) => {
      const rows = await client.$queryRaw<RemainingRow[]>`
        SELECT organisation, line_id AS "lineId", product_id AS "productId", creator_id AS "creatorId", video_id AS "videoId",
          live_session_id AS "liveSessionId", clicked_at AS "clickedAt", currency, sum(amount_minor)::bigint AS "amountMinor"
        FROM commission_accrual WHERE order_id = ${orderId}::uuid GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 2`;
      return rows.map(
        ({ organisation, lineId, currency, amountMinor, ...attribution }): CommissionAccrual => ({
          organisation,
          orderId,
          lineId,
          attribution,
          currency,
          amountMinor,
          cause: orderId,
        }),
      );
    },
    appendAccruals: async (accruals, at) => {
      if (accruals.length === 0) return;
      await client.commissionAccrual.createMany({
        data: accruals.map(({ attribution, ...accrual }) => ({ id: newId(), ...accrual, ...attribution, at })),
      });
    },
  };
}

/** Orders after they are paid, in one transaction. */
export function createFulfilmentStore(client: TransactionClient, newId: NewId): FulfilmentStore {
  /** By account, what is left of what was posted under the order as one of the kinds, for its refunds, and for a parcel's bill. */
  async function legsOf(orderId: string, kinds: readonly LedgerTransactionKind[], parcel: string | null) {
    const rows = await client.$queryRaw<{ code: string; given: bigint }[]>`
      SELECT a.code, -sum(e.amount_minor)::bigint AS given
      FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id JOIN ledger_account a ON a.id = e.account_id
      WHERE (t.kind, t.reference) IN (
        SELECT kind, ${orderId} FROM unnest(${[...kinds]}::text[]) AS kind
        UNION ALL SELECT 'courier-bill', ${parcel}::text
        UNION ALL SELECT 'refund-requested', id::text FROM refund WHERE order_id = ${orderId}::uuid)
      GROUP BY a.code`;
    return new Map(rows.map(({ code, given }) => [code, given]));
  }
  return {
    ...locksOf(client),
    ...commissionsOf(client, newId),
    appendEvents: (events) => appendOrderEvents(client, newId, events),
    rules: async () => {
      const rows = await client.moneyRule.findMany({ orderBy: { validFrom: "asc" } });
      return rows.map(({ id: _id, kind, ...rule }) => ({ kind: kind as MoneyRuleKind, ...rule }));
    },
    deadlineRules: async () => {
      const rows = await client.orderDeadlineRule.findMany();
      return rows.map(({ kind, validFrom, seconds }) => ({ kind: kind as OrderDeadlineKind, validFrom, seconds }));
    },
    released: async (orderId) => {
      const legs = await legsOf(orderId, ["release", "carriage-reversed"], null);
      const [release] = await client.$queryRaw<{ at: Date }[]>`
        SELECT posted_at AS at FROM ledger_transaction WHERE kind = 'release' AND reference = ${orderId}`;
      return release === undefined ? null : { at: release.at, legs };
    },
    carriageLegs: (orderId, parcel) =>
      legsOf(orderId, ["release", "shipping-borne", "carriage-reversed", "carriage-restored"], parcel),
  };
}
