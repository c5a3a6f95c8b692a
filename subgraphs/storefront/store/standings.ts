import type pg from "pg";
import type { Standings } from "../domain/ports.ts";
import type { ProductStanding } from "../domain/product-standing.ts";

// A return may be told before its sale, when that is a dead letter: until it is sent again, the count is below zero.
const standingsSql = `SELECT product_id AS "productId", greatest(sold_count, 0) AS "soldCount", is_available AS "isAvailable",
    reduced_at AS "reducedAt", review_count AS "reviewCount", rating_sum AS "ratingSum"
  FROM product_standing WHERE product_id = ANY($1::uuid[])`;

const salesSql = `SELECT content_id AS id, greatest(sold_count, 0) AS pieces FROM content_sales WHERE content_id = ANY($1::uuid[])`;

/** What others told of products and of what content sold, in PostgreSQL. */
export function createStandings(pool: pg.Pool): Standings {
  return {
    ofProducts: async (productIds) => {
      const { rows } = await pool.query<ProductStanding>(standingsSql, [productIds]);
      return new Map(rows.map((row) => [row.productId, row]));
    },
    soldThrough: async (contentIds) => {
      const { rows } = await pool.query<{ id: string; pieces: number }>(salesSql, [contentIds]);
      return new Map(rows.map(({ id, pieces }) => [id, pieces]));
    },
  };
}
