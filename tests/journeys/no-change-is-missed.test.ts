import { expect, test } from "@jest/globals";
import pg from "pg";
import { type Collected, collect, socketClient, sseClient } from "../gateway/support/live-clients.ts";
import {
  changeAtRandom,
  copyOrder,
  createChance,
  ordersInTable,
  type ShownOrder,
  shownOrderQuery,
} from "../support/order-changes.ts";
import { useSupergraph } from "../support/supergraph.ts";
import { eventually } from "./eventually.ts";
import { createShopper, onlyOrder } from "./shopper.ts";

// The whole proof is `npm run live:proof`; here, one round of it, through the gateway's shared streams.
const orderCount = Number(process.env.ETALASE_PROOF_ORDERS ?? 15);
// Each has up to three streams of one user, who may have 64.
const ordersPerRound = 15;
const deadlineMs = 60_000;

// Whatever watches the clock of a payment would change orders besides.
const supergraph = useSupergraph({ without: ["commerce-worker"] });

function shown({ results }: Collected): ShownOrder | undefined {
  return results.at(-1)?.data?.orderUpdated as ShownOrder | undefined;
}

const untilTold = (stream: Collected) =>
  eventually(
    async () => shown(stream),
    (order) => order !== undefined,
    deadlineMs,
  );

/** Clients of every protocol, each with one connection for all its streams. */
async function openClients(user: string) {
  const { graphql: url } = supergraph().urls;
  const headers = { authorization: `Bearer ${await supergraph().token(user)}` };
  return [
    socketClient(url, { connectionParams: headers }),
    sseClient(url, false, headers),
    // Of its own: the client keeps the token of its reserved stream in them.
    sseClient(url, true, { ...headers }),
  ];
}

/** Watches orders that are changed at random, comes and goes, kills commerce in between; each last event must be the table's. */
async function round(pool: pg.Pool, user: string, count: number, chance: (below: number) => number): Promise<void> {
  const shopper = await createShopper(supergraph(), user);
  const offer = (await shopper.offers()).find(({ availableStock }) => availableStock > 5);
  if (offer === undefined) throw new Error("the feed offers nothing with stock");
  const ids = await copyOrder(pool, onlyOrder(await shopper.buy(offer)).id, count);
  const clients = await openClients(user);
  const watch = (id: string): Collected => {
    const client = clients[chance(clients.length)];
    if (client === undefined) throw new Error("there is no client");
    return collect((sink) => client.subscribe({ query: shownOrderQuery, variables: { id } }, sink));
  };
  /** Stays from the first on; others join the same stream of commerce's, leave, and come again. */
  const follow = async (id: string): Promise<[string, Collected[]]> => {
    const staying = watch(id);
    await untilTold(staying);
    for (let visits = chance(3); visits > 0; visits -= 1) {
      const visitor = watch(id);
      if (chance(3) > 0) await untilTold(visitor);
      visitor.stop();
    }
    return [id, [staying, watch(id)]];
  };
  try {
    const changing = changeAtRandom(pool, ids, chance);
    const watched = await Promise.all(ids.map(follow));
    await changing;
    const changingAgain = changeAtRandom(pool, ids, chance);
    await supergraph().kill("commerce", "SIGKILL");
    await supergraph().restart("commerce");
    await changingAgain;
    const table = await ordersInTable(pool, ids);
    expect(table.size).toBe(count);
    for (const [id, streams] of watched) {
      const wanted = JSON.stringify(table.get(id));
      for (const stream of streams) {
        // Who came in the moment of the kill was refused, as a query is, and comes again.
        const last = stream.end === undefined ? stream : watch(id);
        await eventually(
          async () => JSON.stringify(shown(last)),
          (told) => told === wanted,
          deadlineMs,
        );
      }
    }
  } finally {
    for (const client of clients) void client.dispose();
  }
}

test(`${orderCount} orders, changed at random while streams come and go and commerce is killed, are each shown as the table has them`, async () => {
  const chance = createChance(20_261_126);
  const pool = new pg.Pool({ connectionString: supergraph().databases.commerce.superuserUrl, max: 6 });
  pool.on("error", () => undefined);
  try {
    for (let done = 0, buyer = 1; done < orderCount; done += ordersPerRound, buyer += 1) {
      await round(pool, `buyer-${buyer}`, Math.min(ordersPerRound, orderCount - done), chance);
    }
  } finally {
    await pool.end();
  }
}, 1_800_000);
