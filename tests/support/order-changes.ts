import type pg from "pg";

/** An order as its stream tells it. */
export interface ShownOrder {
  readonly status: string;
  readonly payment: { readonly status: string; readonly paidAt: string | null; readonly expiresAt: string };
}

/** What a proof that no change is missed asks for. */
export const shownOrderQuery =
  "subscription ($id: ID!) { orderUpdated(orderId: $id) { status payment { status paidAt expiresAt } } }";

const changesPerOrder = 6;

/** Repeatable chance, so that a failure can be looked at again. Source: mulberry32. */
export function createChance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Places orders by SQL, as copies of one that was bought; answers their ids. */
export async function copyOrder(pool: pg.Pool, orderId: string | undefined, count: number): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `WITH model AS (SELECT o.*, p.method_id, p.provider, p.amount_minor FROM "order" o JOIN payment p ON p.id = o.payment_id WHERE o.id = $1),
       paid AS (INSERT INTO payment (id, buyer_id, status, method_id, provider, amount_minor, currency, expires_at, created_at)
         SELECT gen_random_uuid(), buyer_id, 'AWAITING_PAYMENT', method_id, provider, amount_minor, currency, now(), now()
         FROM model, generate_series(1, $2::int) RETURNING id)
     INSERT INTO "order" (id, buyer_id, shop_id, payment_id, position, status, total_minor, currency, shipping_address, placed_at)
     SELECT gen_random_uuid(), m.buyer_id, m.shop_id, paid.id, 0, 'PLACED', m.total_minor, m.currency, m.shipping_address, now()
     FROM paid, model m RETURNING id`,
    [orderId, count],
  );
  return rows.map(({ id }) => id);
}

/** Changes each of them several times, all in a random order and three at once. */
export async function changeAtRandom(
  pool: pg.Pool,
  ids: readonly string[],
  chance: (below: number) => number,
): Promise<void> {
  const todo = ids.flatMap((id) => Array.from({ length: changesPerOrder }, () => id));
  for (let n = todo.length - 1; n > 0; n -= 1) {
    const other = chance(n + 1);
    [todo[n], todo[other]] = [todo[other] ?? "", todo[n] ?? ""];
  }
  let counter = 0;
  async function work(): Promise<void> {
    for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
      counter += 1;
      const changes = [
        [
          `UPDATE "order" SET status = (ARRAY['PLACED', 'CONFIRMED', 'CANCELLED'])[$2::int % 3 + 1]::order_status WHERE id = $1`,
          chance(3),
        ],
        [
          `UPDATE payment SET expires_at = to_timestamp($2) WHERE id = (SELECT payment_id FROM "order" WHERE id = $1)`,
          2_000_000_000 + counter,
        ],
        [
          `UPDATE payment SET paid_at = to_timestamp($2) WHERE id = (SELECT payment_id FROM "order" WHERE id = $1)`,
          1_900_000_000 + counter,
        ],
      ] as const;
      const [text, value] = changes[chance(changes.length)] ?? changes[0];
      await pool.query(text, [id, value]);
    }
  }
  await Promise.all([work(), work(), work()]);
}

/** The orders as the table has them. */
export async function ordersInTable(pool: pg.Pool, ids: readonly string[]): Promise<Map<string, ShownOrder>> {
  const { rows } = await pool.query(
    `SELECT o.id, o.status, p.status AS payment_status, p.paid_at, p.expires_at
     FROM "order" o JOIN payment p ON p.id = o.payment_id WHERE o.id = ANY($1)`,
    [ids],
  );
  return new Map(
    rows.map((row) => [
      row.id,
      {
        status: row.status,
        payment: {
          status: row.payment_status,
          paidAt: row.paid_at?.toISOString() ?? null,
          expiresAt: row.expires_at.toISOString(),
        },
      },
    ]),
  );
}
