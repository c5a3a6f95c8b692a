import type { Pool } from "pg";

/** A variant whose stock is not what its movements and reservations add up to. */
export interface StockMismatch {
  readonly variantId: string;
  readonly onHand: number;
  readonly expectedOnHand: number;
  readonly reserved: number;
  readonly expectedReserved: number;
}

/**
 * Holds every stock row against what moved it: on hand is what came and went by movements less what was sold, reserved is what
 * is held. Reads everything; answers at most `most` mismatches.
 */
export async function findStockMismatches(pool: Pool, most: number): Promise<StockMismatch[]> {
  const { rows } = await pool.query<StockMismatch>(
    `SELECT s.variant_id AS "variantId", s.on_hand AS "onHand", s.reserved,
       (coalesce(moved.pieces, 0) - coalesce(taken.sold, 0))::int AS "expectedOnHand",
       coalesce(taken.held, 0)::int AS "expectedReserved"
     FROM stock s
     LEFT JOIN (SELECT variant_id, sum(pieces) AS pieces FROM stock_movement GROUP BY 1) AS moved USING (variant_id)
     LEFT JOIN (SELECT variant_id, sum(quantity) FILTER (WHERE state = 'COMMITTED') AS sold,
         sum(quantity) FILTER (WHERE state = 'HELD') AS held FROM reservation GROUP BY 1) AS taken USING (variant_id)
     WHERE s.on_hand <> coalesce(moved.pieces, 0) - coalesce(taken.sold, 0) OR s.reserved <> coalesce(taken.held, 0)
     ORDER BY s.variant_id LIMIT $1`,
    [most],
  );
  return rows;
}
