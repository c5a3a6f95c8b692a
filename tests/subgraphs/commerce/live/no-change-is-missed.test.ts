import { describe, expect, test } from "@jest/globals";
import pg from "pg";
import { eventually } from "../../../support/eventually.ts";
import {
  changeAtRandom,
  copyOrder,
  createChance,
  ordersInTable,
  type ShownOrder,
  shownOrderQuery,
} from "../../../support/order-changes.ts";
import { rounds } from "../../../support/rounds.ts";
import { type StreamEvent, transports, type WatchedStream } from "../../../support/streams.ts";
import { buy, seededVariant, setStock } from "../support/buyer-journey.ts";
import { type Replica, useCommerce } from "../support/test-commerce.ts";

// ETALASE_PROOF_ORDERS=1000 for the whole proof; what every change is checked by is a hundredth of an hour's work.
const orderCount = Number(process.env.ETALASE_PROOF_ORDERS ?? rounds(50, 100));
const mostAtOnce = 40;

const commerce = useCommerce({
  states: { pollMs: 5_000 },
  streams: { maxStreams: 10_000, maxStreamsPerCaller: 10_000 },
});

function shown(event: StreamEvent | undefined): ShownOrder | undefined {
  return event?.data?.orderUpdated as ShownOrder | undefined;
}

/** Places orders of one buyer by SQL, as copies of one that was bought. */
async function placeCopies(pool: pg.Pool, count: number): Promise<string[]> {
  const variant = seededVariant(0);
  await setStock(commerce(), variant, 1_000);
  const { orders } = await buy(commerce(), "buyer-1", variant);
  return copyOrder(pool, orders[0]?.id, count);
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
      return watchWith({ url, token, query: shownOrderQuery, variables: { id } });
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
      const table = await ordersInTable(pool, ids);
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
