import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { deterministicId } from "../../../../platform/runtime/ids.ts";
import { cancelUnpaidOrders, honourLatePayment } from "../../../../subgraphs/commerce/domain/actions/settle-payment.ts";
import type { LockedPayment } from "../../../../subgraphs/commerce/domain/payment.ts";
import type { Transaction } from "../../../../subgraphs/commerce/domain/ports.ts";
import { codeOf, type StreamEvent, transports, type WatchedStream, watchOverSse } from "../../../support/streams.ts";
import { buy, checkOut, putIntoCart, setStock, stockOf } from "../support/buyer-journey.ts";
import { newKey, testMethod, useCommerce } from "../support/test-commerce.ts";

const commerce = useCommerce({ states: { pollMs: 3_600_000 } });

const saleId = deterministicId("flash-sale", 0);
const fields = `id status quota remaining maxPerBuyer startsAt endsAt price { amount currency } regularPrice { amount }
  variant { id price { amount } flashSale { id } }`;
const query = `subscription ($id: ID!) { flashSaleUpdated(saleId: $id) { status remaining } }`;

interface Sale {
  readonly status: string;
  readonly remaining: number;
  readonly price: { readonly amount: string };
  readonly regularPrice: { readonly amount: string };
  readonly variant: { readonly id: string; readonly price: { readonly amount: string }; readonly flashSale: unknown };
}

const open: WatchedStream[] = [];
let variant = "";

function sql(text: string, values: unknown[] = []) {
  return commerce().parts.database.pool.query(text, values);
}

/** Sets the sale back: nothing sold, running, that many pieces. */
async function reset(quota: number, maxPerBuyer = 2): Promise<void> {
  await sql("UPDATE flash_sale_claim SET released_at = now() WHERE released_at IS NULL");
  await sql(
    `UPDATE flash_sale SET sold = 0, quota = $2, max_per_buyer = $3, starts_at = '2026-01-01Z', ends_at = '2036-01-01Z'
     WHERE id = $1`,
    [saleId, quota, maxPerBuyer],
  );
}

async function sale(): Promise<Sale> {
  const client = await commerce().client();
  return (
    await client.data<{ flashSale: Sale }>(`query ($id: ID!) { flashSale(id: $id) { ${fields} } }`, { id: saleId })
  ).flashSale;
}

async function watch(id: string, watchWith: (typeof transports)[number][1] = watchOverSse): Promise<WatchedStream> {
  const url = `${commerce().address}/graphql`;
  const stream = watchWith({ url, token: await commerce().token(), query, variables: { id } });
  open.push(stream);
  return stream;
}

function told(event: StreamEvent | undefined) {
  return event?.data?.flashSaleUpdated as { status: string; remaining: number } | undefined;
}

/** Does something with a buyer's payment while it is locked, as the worker would. */
async function settle<Value>(
  paymentId: string,
  work: (tx: Transaction, payment: LockedPayment) => Promise<Value>,
): Promise<Value> {
  return commerce().parts.store.transactions.runInTransaction(async (tx) => {
    const payment = await tx.payments.lock(paymentId);
    if (payment === null) throw new Error("there is no such payment");
    return work(tx, payment);
  });
}

function cancel(paymentId: string): Promise<boolean> {
  const outcome = { status: "EXPIRED", source: "timer", reason: "not paid in time", at: new Date() } as const;
  return settle(paymentId, (tx, payment) => cancelUnpaidOrders(tx, payment, outcome));
}

async function isSumRight(): Promise<boolean> {
  const { rows } = await sql(
    `SELECT f.sold = coalesce((SELECT sum(c.quantity) FROM flash_sale_claim c WHERE c.sale_id = f.id AND c.released_at IS NULL), 0)
       AS is_right FROM flash_sale f WHERE f.id = $1`,
    [saleId],
  );
  return rows[0].is_right;
}

beforeEach(async () => {
  const { rows } = await sql("SELECT variant_id FROM flash_sale WHERE id = $1", [saleId]);
  variant = rows[0].variant_id;
  await setStock(commerce(), variant, 1_000);
  await reset(30);
});
afterEach(() => {
  for (const stream of open.splice(0)) stream.close();
});

describe("a flash sale", () => {
  test("that runs, gives its variant its price, and is listed", async () => {
    const running = await sale();
    expect(running).toMatchObject({ status: "RUNNING", remaining: 30, quota: 30, maxPerBuyer: 2 });
    expect(running.variant).toMatchObject({ price: { amount: running.price.amount }, flashSale: { id: saleId } });
    expect(Number(running.price.amount)).toBeLessThan(Number(running.regularPrice.amount));
    const client = await commerce().client();
    const { flashSales } = await client.data<{ flashSales: { id: string }[] }>("{ flashSales { id } }");
    expect(flashSales.map(({ id }) => id)).toContain(saleId);
  });

  test.each([
    ["not begun", "starts_at = '2035-01-01Z'", "SCHEDULED"],
    ["over", "ends_at = '2026-01-02Z'", "ENDED"],
    ["sold out", "sold = quota", "SOLD_OUT"],
  ])("that is %s, leaves its variant the regular price", async (_, change, status) => {
    await sql(`UPDATE flash_sale SET ${change} WHERE id = $1`, [saleId]);
    const { price, flashSale } = (await sale()).variant;
    expect([(await sale()).status, price.amount, flashSale]).toEqual([
      status,
      (await sale()).regularPrice.amount,
      null,
    ]);
  });

  test("bought from, is paid at its price and has fewer pieces left", async () => {
    const { orders } = await buy(commerce(), "flash-1", variant, 2);
    const { price, remaining } = await sale();
    expect([orders[0]?.total.amount, remaining]).toEqual([(Number(price.amount) * 2).toFixed(2), 28]);
    expect(await isSumRight()).toBe(true);
  });

  test("asked for more than one buyer may have, counting what the buyer has, refuses and says how many are possible", async () => {
    await putIntoCart(commerce(), "flash-2", variant, 3);
    expect(await checkOut(commerce(), "flash-2")).toMatchObject({
      __typename: "FlashSaleLimitReached",
      code: "FLASH_SALE_LIMIT_REACHED",
    });
    await buy(commerce(), "flash-3", variant, 1);
    await putIntoCart(commerce(), "flash-3", variant, 2);
    const refused = await checkOut(commerce(), "flash-3");
    expect(refused.__typename).toBe("FlashSaleLimitReached");
    expect((await sale()).remaining).toBe(29);
  });

  test("sold out while it lay in a cart, refuses with PriceChanged and the regular price in the cart", async () => {
    await putIntoCart(commerce(), "flash-4", variant, 1);
    await sql("UPDATE flash_sale SET sold = quota WHERE id = $1", [saleId]);
    const refused = await checkOut(commerce(), "flash-4");
    const { regularPrice } = await sale();
    expect([refused.__typename, refused.cart.lines[0]?.unitPrice.amount]).toEqual([
      "PriceChanged",
      regularPrice.amount,
    ]);
  });

  test("of 5 pieces, wanted by 20 buyers at once, sells 5 and tells everybody else", async () => {
    await reset(5, 1);
    const buyers = Array.from({ length: 20 }, (_, n) => `crowd-${n}`);
    for (const buyer of buyers) await putIntoCart(commerce(), buyer, variant, 1);
    const payloads = await Promise.all(buyers.map((buyer) => checkOut(commerce(), buyer)));
    const names = payloads.map(({ __typename }) => __typename);
    expect(names.filter((name) => name === "CheckoutSuccess")).toHaveLength(5);
    expect(names.filter((name) => name === "PriceChanged")).toHaveLength(15);
    expect([(await sale()).remaining, await isSumRight()]).toEqual([0, true]);
  });

  test("whose order is cancelled, has its pieces again; late money claims them again, once", async () => {
    const { payment } = await buy(commerce(), "flash-5", variant, 2);
    await cancel(payment.id);
    expect([(await sale()).remaining, await isSumRight()]).toEqual([30, true]);
    const outcome = { source: "notification", providerReference: "late", paidAt: new Date(), at: new Date() } as const;
    const honoured = await settle(payment.id, (tx, locked) => honourLatePayment(tx, locked, outcome));
    const again = await settle(payment.id, (tx, locked) => honourLatePayment(tx, locked, outcome));
    expect([honoured, again, (await sale()).remaining, await isSumRight()]).toEqual(["honoured", "not-late", 28, true]);
  });

  test("whose payment ran out and is retried, claims its pieces again; without them the retry is refused", async () => {
    const { payment } = await buy(commerce(), "flash-7", variant, 2);
    await cancel(payment.id);
    await sql("UPDATE flash_sale SET quota = 1 WHERE id = $1", [saleId]);
    const client = await commerce().client("flash-7");
    const document = `mutation ($input: RetryPaymentInput!) { retryPayment(input: $input) { __typename
      ... on OutOfStock { shortages { requestedQuantity availableQuantity } } } }`;
    const retry = async () => {
      const input = { paymentId: payment.id, paymentMethodId: testMethod.id, idempotencyKey: newKey() };
      return (await client.data<{ retryPayment: unknown }>(document, { input })).retryPayment;
    };
    expect(await retry()).toEqual({
      __typename: "OutOfStock",
      shortages: [{ requestedQuantity: 2, availableQuantity: 1 }],
    });
    await sql("UPDATE flash_sale SET quota = 30 WHERE id = $1", [saleId]);
    expect(await retry()).toEqual({ __typename: "RetryPaymentSuccess" });
    expect([(await sale()).remaining, await isSumRight()]).toEqual([28, true]);
  });

  test("without the pieces any more, does not honour late money, and the stock stays as it is", async () => {
    const { payment } = await buy(commerce(), "flash-6", variant, 2);
    await cancel(payment.id);
    await sql("UPDATE flash_sale SET quota = 1 WHERE id = $1", [saleId]);
    const before = await stockOf(commerce(), variant);
    const outcome = { source: "notification", providerReference: "late", paidAt: new Date(), at: new Date() } as const;
    expect(await settle(payment.id, (tx, locked) => honourLatePayment(tx, locked, outcome))).toBe("out-of-stock");
    expect(await stockOf(commerce(), variant)).toEqual(before);
  });
});

describe.each(transports)("flashSaleUpdated over %s", (_, watchWith) => {
  test("tells what is left as it is sold and given back, and the end, with which it is completed", async () => {
    const stream = await watch(saleId, watchWith);
    await stream.until((event) => told(event)?.remaining === 30);
    const { payment } = await buy(commerce(), `watched-${randomUUID()}`, variant, 2);
    await stream.until((event) => told(event)?.remaining === 28);
    await cancel(payment.id);
    await sql("UPDATE flash_sale SET ends_at = now() WHERE id = $1", [saleId]);
    expect(await stream.ended()).toEqual({ kind: "complete" });
    expect(told(stream.events.at(-1))).toEqual({ status: "ENDED", remaining: 30 });
  });

  test("of a sale that does not exist, ends with NOT_FOUND", async () => {
    const stream = await watch(randomUUID(), watchWith);
    await stream.ended();
    expect(codeOf(stream.events[0])).toBe("NOT_FOUND");
  });
});

describe("flashSaleUpdated", () => {
  test("of a sale that is about to be over, tells its end by the clock, without a write", async () => {
    await sql("UPDATE flash_sale SET ends_at = now() + interval '3 seconds' WHERE id = $1", [saleId]);
    const stream = await watch(saleId);
    await stream.until((event) => told(event)?.status === "RUNNING");
    await stream.ended();
    expect(told(stream.events.at(-1))?.status).toBe("ENDED");
  });
});
