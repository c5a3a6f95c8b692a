import type pg from "pg";
import type { ToldEvents } from "../domain/ports.ts";
import { type Reception, rememberedDays, type ToldEvent, tally } from "../domain/told-event.ts";

// Each event is one statement, and so one transaction: its id is written and what it tells is applied, or nothing of both.
// A second delivery at the same time waits for the first to end, then finds the id there and changes nothing.
const received = `WITH received AS (
  INSERT INTO told_event (id, body_hash, received_at) VALUES ($1::uuid, $2, $3::timestamptz)
  ON CONFLICT DO NOTHING RETURNING 1)`;
const answer = "SELECT count(*)::int AS received FROM received";

const salesSql = `${received}, products AS (
    INSERT INTO product_standing AS standing (product_id, sold_count)
    SELECT sold.id, sold.pieces FROM unnest($4::uuid[], $5::int[]) AS sold (id, pieces) WHERE EXISTS (SELECT FROM received)
    ON CONFLICT (product_id) DO UPDATE SET sold_count = standing.sold_count + excluded.sold_count),
  contents AS (
    INSERT INTO content_sales AS sales (content_id, sold_count)
    SELECT sold.id, sold.pieces FROM unnest($6::uuid[], $7::int[]) AS sold (id, pieces) WHERE EXISTS (SELECT FROM received)
    ON CONFLICT (content_id) DO UPDATE SET sold_count = sales.sold_count + excluded.sold_count)
  ${answer}`;

const availabilitySql = `${received}, changed AS (
    INSERT INTO product_standing AS standing (product_id, is_available, availability_sequence)
    SELECT $4::uuid, $5::boolean, $6::bigint FROM received
    ON CONFLICT (product_id) DO UPDATE
      SET is_available = excluded.is_available, availability_sequence = excluded.availability_sequence
      WHERE standing.availability_sequence < excluded.availability_sequence)
  ${answer}`;

const reductionSql = `${received}, changed AS (
    INSERT INTO product_standing AS standing (product_id, reduced_at, reduction_sequence)
    SELECT $4::uuid, $5::timestamptz, $6::bigint FROM received
    ON CONFLICT (product_id) DO UPDATE
      SET reduced_at = excluded.reduced_at, reduction_sequence = excluded.reduction_sequence
      WHERE standing.reduction_sequence < excluded.reduction_sequence)
  ${answer}`;

const reviewSql = `${received}, changed AS (
    INSERT INTO product_standing AS standing (product_id, review_count, rating_sum)
    SELECT $4::uuid, 1, $5::int FROM received
    ON CONFLICT (product_id) DO UPDATE
      SET review_count = standing.review_count + 1, rating_sum = standing.rating_sum + excluded.rating_sum)
  ${answer}`;

function statementFor({ news, sequence, occurredAt }: ToldEvent): { readonly sql: string; readonly values: unknown[] } {
  switch (news.kind) {
    case "sales":
    case "returns": {
      const { products, contents } = tally(news.sales, news.kind === "sales" ? 1 : -1);
      const columns = [products, contents].flatMap((counts) => [
        counts.map(({ id }) => id),
        counts.map(({ pieces }) => pieces),
      ]);
      return { sql: salesSql, values: columns };
    }
    case "availability":
      return { sql: availabilitySql, values: [news.productId, news.isAvailable, sequence] };
    case "reduction":
      return { sql: reductionSql, values: [news.productId, news.isReduced ? occurredAt : null, sequence] };
    case "review":
      return { sql: reviewSql, values: [news.productId, news.rating] };
  }
}

async function apply(pool: pg.Pool, event: ToldEvent, at: Date): Promise<Exclude<Reception, "too-old">> {
  const { sql, values } = statementFor(event);
  const bodyHash = Buffer.from(event.bodyHash);
  const { rows } = await pool.query<{ received: number }>(sql, [event.id, bodyHash, at, ...values]);
  if (rows[0]?.received === 1) return "applied";
  const earlier = await pool.query<{ body_hash: Buffer }>("SELECT body_hash FROM told_event WHERE id = $1::uuid", [
    event.id,
  ]);
  return earlier.rows[0]?.body_hash.equals(bodyHash) === true ? "repeated" : "conflicting";
}

/** Events that others told, in PostgreSQL. */
export function createToldEvents(pool: pg.Pool): ToldEvents {
  return {
    apply: (event, at) => apply(pool, event, at),
    forget: async (now) => {
      // A day more than events are taken for: clocks differ.
      const { rowCount } = await pool.query(
        "DELETE FROM told_event WHERE received_at < $1::timestamptz - ($2::int + 1) * interval '1 day'",
        [now, rememberedDays],
      );
      return rowCount ?? 0;
    },
  };
}
