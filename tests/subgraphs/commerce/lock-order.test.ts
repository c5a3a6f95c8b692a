import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { createPayOut } from "../../../subgraphs/commerce/domain/actions/pay-out.ts";
import { cancelUnpaidOrders } from "../../../subgraphs/commerce/domain/actions/settle-payment.ts";
import { eventually } from "../../support/eventually.ts";
import { checkOut, putIntoCart, seededVariant, setStock, stockOf } from "./support/buyer-journey.ts";
import { deliver } from "./support/delivered-order.ts";
import { directRun, paidOrder, payFor } from "./support/paid-order.ts";
import { sell } from "./support/seller.ts";
import { newKey, type TestCommerce, useCommerce } from "./support/test-commerce.ts";

const commerce = useCommerce();
// Two variants of one product, the lower id first: the order in which commerce locks.
const [one = "", other = ""] = [seededVariant(2, 0), seededVariant(2, 1)].sort();
let shopId: string;
/** Somebody who locks in the other order, and never is the one that the database fails for it. */
let outsider: pg.Client;
let superuser: pg.Pool;

beforeAll(async () => {
  const connectionString = commerce().database.superuserUrl;
  superuser = new pg.Pool({ connectionString, max: 2 });
  superuser.on("error", () => undefined);
  outsider = new pg.Client({ connectionString });
  await outsider.connect();
  outsider.on("error", () => undefined);
  await outsider.query("SET deadlock_timeout = '60s'");
  const { rows } = await superuser.query(
    "SELECT shop_id FROM product p JOIN variant v ON v.product_id = p.id WHERE v.id = $1",
    [one],
  );
  shopId = rows[0].shop_id;
});
afterAll(async () => {
  await outsider?.end();
  await superuser?.end();
});

/** How many deadlocks the database has seen; every connection is made to tell what it keeps back. */
async function deadlocks(): Promise<number> {
  const { pool } = commerce().parts.database;
  const tell = () => pool.query("SELECT pg_stat_force_next_flush(), pg_sleep(0.05)");
  await Promise.all(Array.from({ length: 12 }, tell));
  const { rows } = await superuser.query(
    "SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()",
  );
  return rows[0].deadlocks;
}

async function stocked(onHand: number): Promise<void> {
  for (const variantId of [one, other]) await setStock(commerce(), variantId, onHand);
}

/** A cart with both variants, those of the higher id first. */
async function fillCart(buyer = `buyer-${newKey()}`): Promise<string> {
  for (const variantId of [other, one]) await putIntoCart(commerce(), buyer, variantId);
  return buyer;
}

async function placed(): Promise<{ readonly buyer: string; readonly orderId: string; readonly paymentId: string }> {
  const buyer = await fillCart();
  const { orders, payment } = await checkOut(commerce(), buyer);
  return { buyer, orderId: orders[0]?.id ?? "", paymentId: payment.id };
}

function runOut(paymentId: string): Promise<boolean> {
  return commerce().parts.store.transactions.runInTransaction(async (tx) => {
    const payment = await tx.payments.lock(paymentId);
    if (payment === null) throw new Error("no such payment");
    const at = new Date();
    return cancelUnpaidOrders(tx, payment, { status: "EXPIRED", source: "timer", reason: "not paid in time", at });
  });
}

async function cancel({ buyer, orderId }: { readonly buyer: string; readonly orderId: string }): Promise<string> {
  const input = { orderId, reason: "salah pesan", idempotencyKey: newKey() };
  const document = "mutation ($input: CancelOrderInput!) { done: cancelOrder(input: $input) { __typename } }";
  const client = await commerce().client(buyer);
  return (await client.data<{ done: { __typename: string } }>(document, { input })).done.__typename;
}

function payOut(batch: string): Promise<void> {
  const { work, clock, newId, store } = commerce().parts;
  const provider = {
    id: "bank-uji",
    pay: async () => ({ kind: "done", providerReference: "REF" }) as const,
    queryStatus: async () => ({ kind: "not-found" }) as const,
  };
  const { transactions } = store;
  const payOutOf = createPayOut({ transactions, work, provider, clock, newId });
  return payOutOf(directRun(commerce()), { holder: `seller:${shopId}`, batch });
}

async function waitingStatements(): Promise<number> {
  const { rows } = await superuser.query(
    `SELECT count(*)::int AS n FROM pg_locks l JOIN pg_stat_activity a USING (pid)
     WHERE NOT l.granted AND a.datname = current_database()`,
  );
  return rows[0].n;
}

describe("work that follows the order of locks", () => {
  test("all at once over the same rows, buyers, payments, timers and the seller, meets no deadlock and loses no piece", async () => {
    await stocked(1_000);
    const before = await deadlocks();
    const unpaid = await Promise.all(Array.from({ length: 12 }, placed));
    const moves = unpaid.map(async (order, n) => {
      if (n % 3 === 0) return runOut(order.paymentId);
      await payFor(commerce(), order.paymentId);
      return n % 3 === 1 ? cancel(order) : undefined;
    });
    const carts = await Promise.all(Array.from({ length: 8 }, () => fillCart()));
    const seller = Array.from({ length: 12 }, async (_, n) => {
      const variantId = n % 2 === 0 ? one : other;
      const adjusted = { variantId, pieces: n % 2 === 0 ? 3 : -3, reason: "COUNTED" };
      await sell(commerce(), "adjustStock", adjusted, shopId, `seller-${n}`);
      if (n % 4 === 0) await sell(commerce(), "relistProduct", { productId: await productId() }, shopId, `seller-${n}`);
    });
    const bought = carts.map((buyer) => checkOut(commerce(), buyer));
    await Promise.all([...moves, ...seller, payOut("at-once"), payOut("at-once")]);
    expect((await Promise.all(bought)).map(({ __typename }) => __typename)).toEqual(Array(8).fill("CheckoutSuccess"));
    expect(await deadlocks()).toBe(before);
    // 12 orders: 4 ran out, 4 were sold and given back, 4 were sold; 8 are held.
    expect(await stockOf(commerce(), one)).toEqual({ on_hand: 1_000 - 4 + 18, reserved: 8 });
    expect(await stockOf(commerce(), other)).toEqual({ on_hand: 1_000 - 4 - 18, reserved: 8 });
  }, 60_000);
});

async function productId(): Promise<string> {
  const { rows } = await superuser.query("SELECT product_id FROM variant WHERE id = $1", [one]);
  return rows[0].product_id;
}

interface Broken {
  readonly name: string;
  /** What is locked from outside in the order that is not commerce's: the last first. */
  readonly last: () => string;
  readonly first: () => string;
  /** Makes ready; answers the work that is to converge, and what must be true afterwards. */
  readonly prepare: (
    commerce: TestCommerce,
  ) => Promise<{ readonly work: () => Promise<unknown>; readonly outcome: unknown }>;
}

const stockRow = (variantId: string) => `SELECT 1 FROM stock WHERE variant_id = '${variantId}' FOR UPDATE`;
const account = (code: string) => `SELECT pg_advisory_xact_lock(hashtextextended('ledger account ${code}', 0))`;
const stockInReverse = { last: () => stockRow(other), first: () => stockRow(one) };

const broken: readonly Broken[] = [
  {
    name: "a checkout",
    ...stockInReverse,
    prepare: async () => {
      const buyer = await fillCart();
      return { work: async () => (await checkOut(commerce(), buyer)).__typename, outcome: "CheckoutSuccess" };
    },
  },
  {
    name: "a payment that comes",
    ...stockInReverse,
    prepare: async () => {
      const { paymentId } = await placed();
      return { work: () => payFor(commerce(), paymentId), outcome: undefined };
    },
  },
  {
    name: "a payment that runs out",
    ...stockInReverse,
    prepare: async () => {
      const { paymentId } = await placed();
      return { work: () => runOut(paymentId), outcome: true };
    },
  },
  {
    name: "a paid order that is cancelled",
    ...stockInReverse,
    prepare: async () => {
      const order = await placed();
      await payFor(commerce(), order.paymentId);
      return { work: () => cancel(order), outcome: "CancelOrderSuccess" };
    },
  },
  {
    name: "a payout",
    last: () => account(`seller_receivable:${shopId}`),
    first: () => account(`seller_payable:${shopId}`),
    prepare: async () => ({ work: () => payOut(`batch-${newKey()}`), outcome: undefined }),
  },
];

describe("work that meets somebody who locks in the other order", () => {
  test.each(broken)("$name, is failed by the database, run again, and done once", async ({ last, first, prepare }) => {
    await stocked(100);
    const { work, outcome } = await prepare(commerce());
    const before = await deadlocks();
    await outsider.query("BEGIN");
    await outsider.query(last());
    const working = work();
    await eventually(async () => (await waitingStatements()) > 0 || undefined);
    // Closes the circle: the work has the first and waits for the last.
    await outsider.query(first());
    await outsider.query("COMMIT");
    expect(await working).toEqual(outcome);
    expect(await deadlocks()).toBe(before + 1);
    const { rows } = await superuser.query(
      `SELECT s.reserved, (SELECT coalesce(sum(r.quantity), 0)::int FROM reservation r JOIN "order" o ON o.id = r.order_id
         WHERE r.variant_id = s.variant_id AND r.state = 'HELD') AS held FROM stock s WHERE s.variant_id = ANY($1)`,
      [[one, other]],
    );
    // Stock is set anew for each case; reservations of earlier cases that are still held are in both variants alike.
    expect(new Set(rows.map(({ reserved, held }) => held - reserved)).size).toBe(1);
  });

  test("a seller's adjustment waits for whoever holds the stock, and never takes what was reserved meanwhile", async () => {
    await stocked(3);
    const buyer = await fillCart();
    await outsider.query("BEGIN");
    await outsider.query(stockRow(one));
    const bought = checkOut(commerce(), buyer);
    await eventually(async () => (await waitingStatements()) > 0 || undefined);
    const adjusted = sell(commerce(), "adjustStock", { variantId: one, pieces: -3, reason: "LOST" }, shopId);
    await eventually(async () => (await waitingStatements()) > 1 || undefined);
    await outsider.query("COMMIT");
    expect((await bought).__typename).toBe("CheckoutSuccess");
    expect(await adjusted).toMatchObject({ __typename: "StockReserved", onHand: 3, reserved: 1 });
  });
});

test("a payout of a shop that sold, pays once whatever was in the way", async () => {
  const order = await paidOrder(commerce(), { product: 2 });
  await deliver(commerce(), order);
  const client = await commerce().client(order.buyer);
  await client.data("mutation ($input: ConfirmReceiptInput!) { confirmReceipt(input: $input) { __typename } }", {
    input: { orderId: order.orderId, idempotencyKey: newKey() },
  });
  await Promise.all(Array.from({ length: 4 }, () => payOut("last")));
  const { rows } = await superuser.query("SELECT count(*)::int AS n FROM payout WHERE batch = 'last'");
  expect(rows[0].n).toBe(1);
});
