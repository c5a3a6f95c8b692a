import { describe, expect, test } from "@jest/globals";
import pg from "pg";
import { eventually } from "../../../support/eventually.ts";
import { type StreamEvent, transports, type WatchedStream } from "../../../support/streams.ts";
import { buy, seededVariant, setStock } from "../support/buyer-journey.ts";
import { type Replica, useCommerce } from "../support/test-commerce.ts";

// ETALASE_PROOF_ORDERS=1000 for the whole proof; what every change is checked by is a hundredth of an hour's work.
const orderCount = Number(process.env.ETALASE_PROOF_ORDERS ?? 100);
const changesPerOrder = 6;
const mostAtOnce = 40;

const commerce = useCommerce({
  states: { pollMs: 5_000 },
  streams: { maxStreams: 10_000, maxStreamsPerCaller: 10_000 },
});
const query = "subscription ($id: ID!) { orderUpdated(orderId: $id) { status payment { status paidAt expiresAt } } }";

interface Shown {
  readonly status: string;
  readonly payment: { readonly status: string; readonly paidAt: string | null; readonly expiresAt: string };
}

function shown(event: StreamEvent | undefined): Shown | undefined {
  return event?.data?.orderUpdated as Shown | undefined;
}

// Repeatable chance, so that a failure can be looked at again. Source: mulberry32.
function createChance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Places orders of one buyer by SQL, as copies of one that was bought. */
async function placeCopies(pool: pg.Pool, count: number): Promise<string[]> {
  const variant = seededVariant(0);
  await setStock(commerce(), variant, 1_000);
  const { orders } = await buy(commerce(), "buyer-1", variant);
  const { rows } = await pool.query(
    `WITH model AS (SELECT o.*, p.method_id, p.provider, p.amount_minor FROM "order" o JOIN payment p ON p.id = o.payment_id WHERE o.id = $1),
       paid AS (INSERT INTO payment (id, buyer_id, status, method_id, provider, amount_minor, currency, expires_at, created_at)
         SELECT gen_random_uuid(), buyer_id, 'AWAITING_PAYMENT', method_id, provider, amount_minor, currency, now(), now()
         FROM model, generate_series(1, $2::int) RETURNING id)
     INSERT INTO "order" (id, buyer_id, shop_id, payment_id, position, status, total_minor, currency, shipping_address, placed_at)
     SELECT gen_random_uuid(), m.buyer_id, m.shop_id, paid.id, 0, 'PLACED', m.total_minor, m.currency, m.shipping_address, now()
     FROM paid, model m RETURNING id`,
    [orders[0]?.id, count],
  );
  return rows.map(({ id }) => id);
}

async function changeAtRandom(pool: pg.Pool, ids: readonly string[], chance: (below: number) => number): Promise<void> {
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

describe("orders changed at random, by two processes, while streams come, go and come again", () => {
  test("are each shown as the table has them, by every stream's last event", async () => {
    const chance = createChance(20_261_125);
    const pool = new pg.Pool({ connectionString: commerce().database.urls.runtime, max: 6 });
    const other: Replica = await commerce().startReplica();
    const token = await commerce().token("buyer-1");
    const addresses = [commerce().address, other.address];
    const ids = await placeCopies(pool, orderCount);
    const left: WatchedStream[] = [];

    async function watch(id: string): Promise<WatchedStream> {
      const [, watchWith] = transports[chance(transports.length)] ?? transports[0] ?? ["", undefined];
      const url = `${addresses[chance(addresses.length)]}/graphql`;
      if (watchWith === undefined) throw new Error("there is no transport");
      return watchWith({ url, token, query, variables: { id } });
    }

    /** Watches an order, leaves in the middle of the changes, comes again; the last stream stays. */
    async function follow(id: string): Promise<[string, WatchedStream]> {
      for (let visits = chance(3); visits > 0; visits -= 1) {
        const stream = await watch(id);
        // Some leave before they were told anything.
        if (chance(3) > 0) await stream.until((event) => shown(event) !== undefined);
        left.push(stream);
        stream.close();
      }
      return [id, await watch(id)];
    }

    try {
      let isChanging = true;
      const changing = changeAtRandom(pool, ids, chance).finally(() => {
        isChanging = false;
      });
      const admin = new pg.Client({ connectionString: commerce().database.superuserUrl });
      await admin.connect();
      const killing = (async () => {
        while (isChanging) {
          await admin.query(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND application_name LIKE '%wake-ups'`,
          );
          await admin.query("SELECT pg_sleep(0.3)");
        }
        await admin.end();
      })();
      const watched: [string, WatchedStream][] = [];
      for (let from = 0; from < ids.length; from += mostAtOnce) {
        watched.push(...(await Promise.all(ids.slice(from, from + mostAtOnce).map(follow))));
      }
      await changing;
      await killing;
      const { rows } = await pool.query(
        `SELECT o.id, o.status, p.status AS payment_status, p.paid_at, p.expires_at
         FROM "order" o JOIN payment p ON p.id = o.payment_id WHERE o.id = ANY($1)`,
        [ids],
      );
      const table = new Map(
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
      expect(table.size).toBe(orderCount);
      for (const [id, stream] of watched) {
        const wanted = JSON.stringify(table.get(id));
        await eventually(
          async () => (JSON.stringify(shown(stream.events.at(-1))) === wanted ? true : undefined),
          () => `the last event of ${id} is ${JSON.stringify(stream.events.at(-1))}, the table has ${wanted}`,
        );
      }
      for (const [, stream] of watched) {
        expect(stream.end()).toBeUndefined();
        stream.close();
      }
    } finally {
      await other.close();
      await pool.end();
    }
  }, 600_000);
});
