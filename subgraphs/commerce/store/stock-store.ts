import type { StockStore } from "../domain/ports.ts";
import { type Reservation, type ReservationState, type StockLevel, totalByVariant } from "../domain/stock.ts";
import type { TransactionClient } from "./client.ts";

/** A row that the lock should have kept as it was is another one. A bug; the transaction is rolled back. */
export class StockInvariantError extends Error {
  override readonly name = "StockInvariantError";
}

function requireCount(what: string, changed: number, expected: number): void {
  if (changed !== expected) throw new StockInvariantError(`${what}: ${changed} rows changed, ${expected} expected`);
}

/** Stock and reservations of one transaction. */
export function createStockStore(client: TransactionClient): StockStore {
  /** Adds `onHandSign` and `reservedSign` times the pieces to the rows, which the caller has locked. */
  async function shift(reservations: readonly Reservation[], onHandSign: number, reservedSign: number): Promise<void> {
    const totals = totalByVariant(reservations);
    const changed = await client.$executeRaw`
      UPDATE stock SET on_hand = on_hand + ${onHandSign}::int * moved.quantity,
                       reserved = reserved + ${reservedSign}::int * moved.quantity
      FROM unnest(${totals.map((total) => total.variantId)}::uuid[], ${totals.map((total) => total.quantity)}::int[])
        AS moved (variant_id, quantity)
      WHERE stock.variant_id = moved.variant_id`;
    requireCount("stock", changed, totals.length);
  }
  async function settle(
    reservations: readonly Reservation[],
    from: ReservationState,
    to: ReservationState,
    at: Date,
  ): Promise<void> {
    const { count } = await client.reservation.updateMany({
      where: { id: { in: reservations.map((reservation) => reservation.id) }, state: from },
      data: { state: to, settledAt: at },
    });
    requireCount("reservation", count, reservations.length);
  }
  const lock: StockStore["lock"] = (variantIds) =>
    client.$queryRaw<StockLevel[]>`
      SELECT variant_id AS "variantId", on_hand AS "onHand", reserved FROM stock
      WHERE variant_id = ANY(${[...variantIds]}::uuid[]) ORDER BY variant_id FOR UPDATE`;
  const reserve: StockStore["reserve"] = async (reservations) => {
    await shift(reservations, 0, 1);
    await client.reservation.createMany({ data: reservations.map((held) => ({ ...held, state: "HELD" as const })) });
  };
  const reservationsOf: StockStore["reservationsOf"] = async (paymentId, state) => {
    const rows = await client.reservation.findMany({ where: { state, order: { paymentId } } });
    return rows.map(({ id, orderId, variantId, quantity, expiresAt }) => ({
      id,
      orderId,
      variantId,
      quantity,
      expiresAt,
    }));
  };
  return {
    lock,
    reserve,
    reservationsOf,
    commit: async (held, at) => {
      await settle(held, "HELD", "COMMITTED", at);
      await shift(held, -1, -1);
    },
    release: async (held, at) => {
      await settle(held, "HELD", "RELEASED", at);
      await shift(held, 0, -1);
    },
    holdReleased: async (released, expiresAt) => {
      const { count } = await client.reservation.updateMany({
        where: { id: { in: released.map((reservation) => reservation.id) }, state: "RELEASED" },
        data: { state: "HELD", settledAt: null, expiresAt },
      });
      requireCount("reservation", count, released.length);
      await shift(released, 0, 1);
    },
    commitReleased: async (released, at) => {
      await settle(released, "RELEASED", "COMMITTED", at);
      await shift(released, -1, 0);
    },
    restock: async (committed, at) => {
      await settle(committed, "COMMITTED", "RETURNED", at);
      await shift(committed, 1, 0);
    },
    setOnHand: async (variantId, onHand) => {
      await client.stock.update({ where: { variantId }, data: { onHand } });
    },
  };
}
