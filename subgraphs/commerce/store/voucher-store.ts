import { Prisma } from "../../../prisma/commerce/client/client.ts";
import type { Voucher, VoucherStore } from "../domain/voucher.ts";
import type { TransactionClient } from "./client.ts";

type State = "RESERVED" | "USED" | "RELEASED";

/** The columns of a voucher `v` under the names that the domain has for them. */
export const voucherColumns = Prisma.sql`v.id, v.code, v.title, v.funder::text AS funder, v.shop_id AS "shopId",
  v.basis_points AS "basisPoints", v.amount_minor AS "amountMinor", v.cap_minor AS "capMinor",
  v.minimum_spend_minor AS "minimumSpendMinor", v.currency, v.quota, v.redeemed, v.max_per_buyer AS "maxPerBuyer",
  v.starts_at AS "startsAt", v.ends_at AS "endsAt", v.version`;

/** The redemptions `r` of a payment's orders in a state. */
function ofPayment(paymentId: string, state: State): Prisma.Sql {
  return Prisma.sql`r.state = ${state}::voucher_redemption_state AND r.id IN (
    SELECT d.redemption_id FROM voucher_discount d JOIN "order" o ON o.id = d.order_id
    WHERE o.payment_id = ${paymentId}::uuid)`;
}

/** The used redemptions `r` of an order that is cancelled, of which all orders are, and none of the others by its buyer. */
function ofCancelled(orderId: string): Prisma.Sql {
  return Prisma.sql`r.state = 'USED' AND r.id IN (SELECT redemption_id FROM voucher_discount WHERE order_id = ${orderId}::uuid)
    AND NOT EXISTS (
      SELECT FROM voucher_discount d JOIN "order" o ON o.id = d.order_id
      WHERE d.redemption_id = r.id AND (o.status <> 'CANCELLED' OR (o.id <> ${orderId}::uuid AND 'BUYER' = (
        SELECT e.by FROM order_event e WHERE e.order_id = o.id AND e.kind = 'CANCELLED' ORDER BY e.at DESC, e.id DESC LIMIT 1))))`;
}

/** What orders do with their redemptions. */
function redemptionsOf(
  client: TransactionClient,
): Pick<VoucherStore, "use" | "release" | "giveBack" | "releasedShortage" | "releasedExpired" | "reserveAgain"> {
  async function lockOf(which: Prisma.Sql): Promise<boolean> {
    const rows = await client.$queryRaw<unknown[]>`
      SELECT 1 FROM voucher v JOIN voucher_redemption r ON r.voucher_id = v.id WHERE ${which} ORDER BY v.id FOR UPDATE OF v`;
    return rows.length > 0;
  }
  /** Both in one statement: who was waited for may have moved the redemptions. */
  async function move(which: Prisma.Sql, to: State, taken: number, settledAt: Date | null): Promise<void> {
    await client.$executeRaw`
      WITH moved AS (
        UPDATE voucher_redemption r SET state = ${to}::voucher_redemption_state, settled_at = ${settledAt}
        WHERE ${which} RETURNING r.voucher_id)
      UPDATE voucher v SET redeemed = v.redeemed + ${taken}::int * moved.redemptions
      FROM (SELECT voucher_id, count(*)::int AS redemptions FROM moved GROUP BY voucher_id) AS moved
      WHERE v.id = moved.voucher_id`;
  }
  return {
    use: async (paymentId, at) => {
      await client.$executeRaw`
        UPDATE voucher_redemption r SET state = 'USED', settled_at = ${at} WHERE ${ofPayment(paymentId, "RESERVED")}`;
    },
    release: async (paymentId, at) => {
      const which = ofPayment(paymentId, "RESERVED");
      if (await lockOf(which)) await move(which, "RELEASED", -1, at);
    },
    giveBack: async (orderId, at) => {
      const which = ofCancelled(orderId);
      if (await lockOf(which)) await move(which, "RELEASED", -1, at);
    },
    releasedShortage: async (paymentId) => {
      if (!(await lockOf(ofPayment(paymentId, "RELEASED")))) return null;
      const [short] = await client.$queryRaw<Voucher[]>`
        SELECT ${voucherColumns} FROM voucher v JOIN voucher_redemption r ON r.voucher_id = v.id
        WHERE ${ofPayment(paymentId, "RELEASED")} AND (v.redeemed >= v.quota OR v.max_per_buyer <= (
          SELECT count(*) FROM voucher_redemption other
          WHERE other.voucher_id = v.id AND other.buyer_id = r.buyer_id AND other.state <> 'RELEASED'))
        ORDER BY v.id LIMIT 1`;
      return short ?? null;
    },
    releasedExpired: async (paymentId, at) => {
      const [expired] = await client.$queryRaw<Voucher[]>`
        SELECT ${voucherColumns} FROM voucher v JOIN voucher_redemption r ON r.voucher_id = v.id
        WHERE ${ofPayment(paymentId, "RELEASED")} AND (${at}::timestamptz < v.starts_at OR v.ends_at <= ${at}::timestamptz)
        ORDER BY v.id LIMIT 1`;
      return expired ?? null;
    },
    reserveAgain: (paymentId) => move(ofPayment(paymentId, "RELEASED"), "RESERVED", 1, null),
  };
}

/** Vouchers of one transaction. */
export function createVoucherStore(client: TransactionClient): VoucherStore {
  return {
    ...redemptionsOf(client),
    findByCode: async (code) => {
      const [voucher] = await client.$queryRaw<
        Voucher[]
      >`SELECT ${voucherColumns} FROM voucher v WHERE v.code = ${code}`;
      return voucher ?? null;
    },
    lock: (voucherIds) => client.$queryRaw<Voucher[]>`
      SELECT ${voucherColumns} FROM voucher v WHERE v.id = ANY(${[...voucherIds]}::uuid[]) ORDER BY v.id FOR UPDATE`,
    redeemedBy: async (buyerId, voucherIds) => {
      const rows = await client.$queryRaw<{ readonly voucherId: string; readonly times: number }[]>`
        SELECT voucher_id AS "voucherId", count(*)::int AS times FROM voucher_redemption
        WHERE buyer_id = ${buyerId} AND voucher_id = ANY(${[...voucherIds]}::uuid[]) AND state <> 'RELEASED'
        GROUP BY voucher_id`;
      return new Map(rows.map(({ voucherId, times }) => [voucherId, times]));
    },
    reserve: async (redemptions, discounts, at) => {
      if (redemptions.length === 0) return;
      await client.voucherRedemption.createMany({
        data: redemptions.map((redemption) => ({ ...redemption, state: "RESERVED" as const, reservedAt: at })),
      });
      await client.voucherDiscount.createMany({ data: [...discounts] });
      await client.$executeRaw`
        UPDATE voucher SET redeemed = redeemed + 1
        WHERE id = ANY(${redemptions.map(({ voucherId }) => voucherId)}::uuid[])`;
    },
    discountsOf: (orderId) => client.voucherDiscount.findMany({ where: { orderId } }),
  };
}
