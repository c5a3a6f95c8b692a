import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { eventually } from "../../../support/eventually.ts";
import { codeOf, type StreamEvent, transports, type WatchedStream, watchOverSse } from "../../../support/streams.ts";
import { buy, seededVariant, setStock } from "../support/buyer-journey.ts";
import { useCommerce } from "../support/test-commerce.ts";

const commerce = useCommerce({ states: { pollMs: 3_600_000 } });

const query = "subscription ($id: ID!) { orderUpdated(orderId: $id) { id status payment { id status paidAt } } }";

const open: WatchedStream[] = [];
afterEach(() => {
  for (const stream of open.splice(0)) stream.close();
});

async function placed(buyer: string): Promise<string> {
  const variant = seededVariant(0);
  await setStock(commerce(), variant, 100_000);
  const { orders } = await buy(commerce(), buyer, variant);
  return orders[0]?.id ?? "";
}

async function watchOrder(
  buyer: string,
  id: string,
  watchWith: (typeof transports)[number][1] = watchOverSse,
  address = commerce().address,
): Promise<WatchedStream> {
  const stream = watchWith({
    url: `${address}/graphql`,
    token: await commerce().token(buyer),
    query,
    variables: { id },
  });
  open.push(stream);
  return stream;
}

function orderOf(event: StreamEvent | undefined) {
  return event?.data?.orderUpdated as
    | { status: string; payment: { status: string; paidAt: string | null } }
    | undefined;
}

function sql(text: string, values: unknown[] = []): Promise<pg.QueryResult> {
  return commerce().parts.database.pool.query(text, values);
}

/** Pays an order's payment as the worker would: payment and orders in one transaction. */
async function pay(orderId: string): Promise<void> {
  const client = await commerce().parts.database.pool.connect();
  try {
    await client.query("BEGIN");
    await client.query(
      `UPDATE payment SET status = 'PAID', paid_at = now() WHERE id = (SELECT payment_id FROM "order" WHERE id = $1)`,
      [orderId],
    );
    await client.query(`UPDATE "order" SET status = 'CONFIRMED' WHERE id = $1`, [orderId]);
    await client.query("COMMIT");
  } finally {
    client.release();
  }
}

const isPaid = (event: StreamEvent) => orderOf(event)?.payment.status === "PAID";

describe.each(transports)("orderUpdated over %s", (_, watchWith) => {
  test("tells the order as it is, then order and payment of the same moment after they changed", async () => {
    const id = await placed("buyer-1");
    const stream = await watchOrder("buyer-1", id, watchWith);
    await stream.until((event) => orderOf(event) !== undefined);
    expect(orderOf(stream.events[0])).toMatchObject({ status: "PLACED", payment: { status: "AWAITING_PAYMENT" } });
    await pay(id);
    await stream.until(isPaid);
    expect(stream.events.map(orderOf).map((order) => [order?.status, order?.payment.status])).toEqual([
      ["PLACED", "AWAITING_PAYMENT"],
      ["CONFIRMED", "PAID"],
    ]);
  });

  test("for an order that is unknown, somebody else's or no id at all, ends with NOT_FOUND in the same words", async () => {
    const foreign = await placed("buyer-2");
    const ends: unknown[] = [];
    for (const id of [foreign, randomUUID(), "nonsense"]) {
      const stream = await watchOrder("buyer-1", id, watchWith);
      const end = await stream.ended();
      const error = stream.events[0]?.errors?.[0] ?? (end.kind === "error" ? (end.error as unknown[])[0] : undefined);
      expect(stream.events.every((event) => event.data == null)).toBe(true);
      ends.push({
        message: (error as Error).message,
        code: (error as { extensions: { code: string } }).extensions.code,
      });
    }
    expect(ends).toEqual(Array.from({ length: 3 }, () => ends[0]));
    expect(ends[0]).toMatchObject({ code: "NOT_FOUND" });
  });

  test("without a signed-in buyer, or without the scope to buy, is refused as a query is", async () => {
    const id = await placed("buyer-1");
    const url = `${commerce().address}/graphql`;
    const askers = [
      ["UNAUTHENTICATED", await commerce().token()],
      ["FORBIDDEN", await commerce().token("buyer-1", { scope: "commerce:browse" })],
    ] as const;
    for (const [code, token] of askers) {
      const stream = watchWith({ url, token, query, variables: { id } });
      const end = await stream.ended();
      const told = codeOf(stream.events[0]) ?? codeOf({ errors: (end as { error?: [] }).error ?? [] });
      expect(told).toBe(code);
      stream.close();
    }
  });

  test("changed 200 times quickly, tells fewer events, in order, and the last one", async () => {
    const id = await placed("buyer-1");
    const stream = await watchOrder("buyer-1", id, watchWith);
    await stream.until((event) => orderOf(event) !== undefined);
    for (let n = 1; n <= 200; n += 1) {
      await sql(
        `UPDATE payment SET expires_at = to_timestamp($2) WHERE id = (SELECT payment_id FROM "order" WHERE id = $1)`,
        [id, 2_000_000_000 + n],
      );
    }
    await pay(id);
    await stream.until(isPaid);
    expect(stream.events.length).toBeLessThan(150);
    expect(isPaid(stream.events.at(-1) ?? {})).toBe(true);
  });
});

describe("orderUpdated", () => {
  test("of two processes, each told by the other's changes, tells the same states", async () => {
    const replica = await commerce().startReplica();
    try {
      const id = await placed("buyer-1");
      const here = await watchOrder("buyer-1", id);
      const there = await watchOrder("buyer-1", id, watchOverSse, replica.address);
      for (const stream of [here, there]) await stream.until((event) => orderOf(event) !== undefined);
      await replica.parts.store.transactions.runInTransaction(async (tx) => {
        await tx.orders.moveStatus((await paymentOf(id)) ?? "", "PLACED", "CANCELLED", new Date());
      });
      for (const stream of [here, there]) await stream.until((event) => orderOf(event)?.status === "CANCELLED");
      for (const stream of [here, there]) stream.close();
    } finally {
      await replica.close();
    }
  });

  test("of whose order a part is sent back, tells it, though order and payment stay as they are", async () => {
    const id = await placed("buyer-1");
    const stream = watchOverSse({
      url: `${commerce().address}/graphql`,
      token: await commerce().token("buyer-1"),
      query: "subscription ($id: ID!) { orderUpdated(orderId: $id) { refunded { amount } } }",
      variables: { id },
    });
    open.push(stream);
    const has = (amount: string) => (event: StreamEvent) =>
      JSON.stringify(event.data) === `{"orderUpdated":{"refunded":{"amount":"${amount}"}}}`;
    await stream.until(has("0.00"));
    await sql(
      `INSERT INTO order_event (id, order_id, kind, by, amount_minor, currency, at)
       VALUES (gen_random_uuid(), $1, 'REFUND_OWED', 'shop', 500000, 'IDR', now())`,
      [id],
    );
    await stream.until(has("5000.00"));
  });

  test("whose connection for wake-ups is killed, is told what changed meanwhile without waiting for the slow look", async () => {
    const id = await placed("buyer-1");
    const stream = await watchOrder("buyer-1", id);
    await stream.until((event) => orderOf(event) !== undefined);
    const admin = new pg.Client({ connectionString: commerce().database.superuserUrl });
    await admin.connect();
    try {
      const listeners = await eventually(async () => {
        const { rows } = await admin.query(
          "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE '%wake-ups'",
        );
        return rows.length > 0 ? rows : undefined;
      });
      // In one transaction, so that the change falls into the time in which nobody listens.
      await admin.query("BEGIN");
      await admin.query(
        `UPDATE payment SET status = 'PAID', paid_at = now() WHERE id = (SELECT payment_id FROM "order" WHERE id = $1)`,
        [id],
      );
      for (const { pid } of listeners) await admin.query("SELECT pg_terminate_backend($1)", [pid]);
      await admin.query("COMMIT");
    } finally {
      await admin.end();
    }
    await stream.until(isPaid);
    expect(stream.end()).toBeUndefined();
  });

  test("whose order changes once, sends as many SQL statements with one line as with five, and with one stream as with ten", async () => {
    const id = await placed("buyer-1");
    const first = await watchOrder("buyer-1", id);
    await first.until((event) => orderOf(event) !== undefined);
    const change = async (streams: WatchedStream[], n: number): Promise<number> => {
      const counts = streams.map((stream) => stream.events.length);
      const before = await commerce().statements();
      const text = `UPDATE payment SET paid_at = to_timestamp($2) WHERE id = (SELECT payment_id FROM "order" WHERE id = $1)`;
      await sql(text, [id, 1_900_000_000 + n]);
      for (const [index, stream] of streams.entries()) {
        await eventually(async () => (stream.events.length > (counts[index] ?? 0) ? true : undefined));
      }
      return (await commerce().statements()) - before - 1;
    };
    const one = await change([first], 1);
    const more = await Promise.all(Array.from({ length: 9 }, () => watchOrder("buyer-1", id)));
    for (const stream of more) await stream.until((event) => orderOf(event) !== undefined);
    const ten = await change([first, ...more], 2);
    expect([one, ten]).toEqual([1, 1]);
  });
});

async function paymentOf(orderId: string): Promise<string | undefined> {
  const { rows } = await sql(`SELECT payment_id FROM "order" WHERE id = $1`, [orderId]);
  return rows[0]?.payment_id;
}
