import { beforeEach, describe, expect, test } from "@jest/globals";
import { deterministicId, newId } from "../../../../../platform/runtime/ids.ts";
import { actOnOrder, type OrderRequest } from "../../../../../subgraphs/commerce/domain/actions/act-on-order.ts";
import { takeCharge } from "../../../../../subgraphs/commerce/domain/actions/take-charge.ts";
import { rounds } from "../../../../support/rounds.ts";
import { buy, checkOut, putIntoCart, seededVariant, setStock, stockOf } from "../../support/buyer-journey.ts";
import { fulfillingOf, payFor } from "../../support/paid-order.ts";
import { newKey, testMethod, useCommerce } from "../../support/test-commerce.ts";

const commerce = useCommerce();
const saleId = deterministicId("flash-sale", 0);
let buyer: string;
let variantId: string;

interface Payload {
  readonly __typename: string;
  readonly code?: string;
  readonly field?: string;
}

async function sql(text: string, values: unknown[] = []) {
  return (await commerce().parts.database.pool.query(text, values)).rows;
}

async function cancel(orderId: string, changes: object = {}, by = buyer): Promise<Payload> {
  const client = await commerce().client(by);
  const document = `mutation ($input: CancelOrderInput!) { cancelOrder(input: $input) { __typename
    ... on UserError { code field } } }`;
  const input = { orderId, reason: "salah ukuran", idempotencyKey: newKey(), ...changes };
  return (await client.data<{ cancelOrder: Payload }>(document, { input })).cancelOrder;
}

async function operate(orderId: string, command: OrderRequest["command"]): Promise<void> {
  const request = { operation: "refundOrder", orderId, command, reason: null, idempotencyKey: newKey() } as const;
  const result = await actOnOrder(fulfillingOf(commerce()), { kind: "OPERATOR", subject: "operator" }, request);
  expect(result.ok).toBe(true);
}

/** What the provider took, as a notification or a status query tells: for a payment that waits, or too late. */
async function charge(paymentId: string): Promise<void> {
  const { store, work } = commerce().parts;
  await store.transactions.runInTransaction(async (tx) => {
    const payment = await tx.payments.lock(paymentId);
    if (payment === null) throw new Error("no such payment");
    const at = new Date();
    const taken = { reference: paymentId, amount: payment.amount, paidAt: at, source: "status-query" } as const;
    await takeCharge(work, tx, payment, { ...taken, mayConfirm: true }, at);
  });
}

async function started(name: string, paymentId: string): Promise<number> {
  const rows = await sql("SELECT 1 FROM durable.workflow_status WHERE workflow_uuid LIKE $1", [
    `${name}:%${paymentId}`,
  ]);
  return rows.length;
}

beforeEach(async () => {
  buyer = `buyer-${newKey()}`;
  [{ variant_id: variantId }] = await sql("SELECT variant_id FROM flash_sale WHERE id = $1", [saleId]);
  await sql("UPDATE flash_sale_claim SET released_at = now() WHERE released_at IS NULL");
  await sql(
    "UPDATE flash_sale SET sold = 0, quota = 30, max_per_buyer = 2, starts_at = '2026-01-01Z', ends_at = '2036-01-01Z'",
  );
  for (const variant of [variantId, seededVariant(4), seededVariant(5)]) await setStock(commerce(), variant, 50);
});

describe("an order that is not paid", () => {
  test("is cancelled at once with those of its payment: stock back, the reason told, nothing owed, the charge to be closed", async () => {
    await putIntoCart(commerce(), buyer, seededVariant(4), 2);
    await putIntoCart(commerce(), buyer, seededVariant(5), 3);
    const { orders, payment } = await checkOut(commerce(), buyer);
    expect(orders).toHaveLength(2);
    const idempotencyKey = newKey();
    const [first] = orders;
    const answers = await Promise.all([1, 2, 3].map(() => cancel(first?.id ?? "", { idempotencyKey })));
    expect(answers.map(({ __typename }) => __typename)).toEqual(Array(3).fill("CancelOrderSuccess"));
    const client = await commerce().client(buyer);
    const { order } = await client.data<{ order: object }>(
      `query ($id: ID!) { order(id: $id) { status refunded { amount } payment { status orders { status } }
        timeline { kind by reason } } }`,
      { id: first?.id },
    );
    expect(order).toEqual({
      status: "CANCELLED",
      refunded: { amount: "0.00" },
      payment: { status: "FAILED", orders: [{ status: "CANCELLED" }, { status: "CANCELLED" }] },
      timeline: [
        { kind: "PLACED", by: "BUYER", reason: null },
        { kind: "CANCELLED", by: "BUYER", reason: "salah ukuran" },
      ],
    });
    for (const variant of [4, 5].map((n) => seededVariant(n))) {
      expect(await stockOf(commerce(), variant)).toEqual({ on_hand: 50, reserved: 0 });
    }
    expect(await started("close-charge", payment.id)).toBe(1);
    expect(await sql("SELECT 1 FROM refund WHERE payment_id = $1", [payment.id])).toEqual([]);
  });

  test("of somebody else, does not exist; cancelled, it is not paid for in another way", async () => {
    const { orders, payment } = await buy(commerce(), buyer, seededVariant(4));
    const id = orders[0]?.id ?? "";
    expect(await cancel(id, {}, `other-${newKey()}`)).toMatchObject({ code: "ORDER_NOT_FOUND" });
    expect((await cancel(id)).__typename).toBe("CancelOrderSuccess");
    const client = await commerce().client(buyer);
    const { retryPayment } = await client.data<{ retryPayment: Payload }>(
      "mutation ($input: RetryPaymentInput!) { retryPayment(input: $input) { ... on UserError { code } } }",
      { input: { paymentId: payment.id, paymentMethodId: testMethod.id, idempotencyKey: newKey() } },
    );
    expect(retryPayment).toEqual({ code: "PAYMENT_SETTLED" });
  });

  test("while an accepted notification of its payment waits to be applied, is not cancelled", async () => {
    const { orders, payment } = await buy(commerce(), buyer, seededVariant(4));
    const id = newId();
    await sql(
      `INSERT INTO provider_notification (id, provider, reference, provider_status, payment_id, verdict, amount_minor, currency,
        answer, raw_body, received_at) VALUES ($1::uuid, 'bank-uji', $1::text, '00', $2, 'ACCEPTED', 1, 'IDR', '{}', '', now())`,
      [id, payment.id],
    );
    expect(await cancel(orders[0]?.id ?? "")).toMatchObject({ code: "PAYMENT_UNSETTLED", field: "input.orderId" });
    expect((await stockOf(commerce(), seededVariant(4))).reserved).toBe(1);
    await sql("UPDATE provider_notification SET applied_at = now() WHERE id = $1", [id]);
    expect((await cancel(orders[0]?.id ?? "")).__typename).toBe("CancelOrderSuccess");
  });

  test("paid late after it was cancelled, is not honoured though its stock is there: the money goes back", async () => {
    const { orders, payment } = await buy(commerce(), buyer, seededVariant(4));
    await cancel(orders[0]?.id ?? "");
    await charge(payment.id);
    expect(await sql('SELECT status FROM "order" WHERE payment_id = $1', [payment.id])).toEqual([
      { status: "CANCELLED" },
    ]);
    expect(await started("refund-late-money", payment.id)).toBe(1);
    expect(await stockOf(commerce(), seededVariant(4))).toEqual({ on_hand: 50, reserved: 0 });
  });

  const races = rounds(6, 20);
  test(`cancelled and paid at the same time, ${races} times, ends cancelled with the money owed back once or never taken in`, async () => {
    const ways: string[] = [];
    for (let round = 0; round < races; round += 1) {
      const { orders, payment } = await buy(commerce(), `${buyer}-${round}`, seededVariant(4));
      const id = orders[0]?.id ?? "";
      const both = [() => operate(id, { kind: "cancel" }), () => charge(payment.id)];
      if (round % 2 === 0) both.reverse();
      await Promise.all(both.map((act) => act()));
      const [row] = await sql(
        `SELECT o.status, p.status AS payment, (SELECT count(*)::int FROM refund r WHERE r.order_id = o.id) AS refunds,
           (SELECT coalesce(sum(r.amount_minor), 0)::text FROM refund r WHERE r.order_id = o.id) AS back, o.total_minor::text AS total
         FROM "order" o JOIN payment p ON p.id = o.payment_id WHERE o.id = $1`,
        [id],
      );
      expect(row.status).toBe("CANCELLED");
      if (row.payment === "PAID") expect([row.refunds, row.back]).toEqual([1, row.total]);
      else expect([row.payment, row.refunds, await started("refund-late-money", payment.id)]).toEqual(["FAILED", 0, 1]);
      ways.push(String(row.payment));
    }
    // Which one comes first is chance; often enough, both do.
    if (races >= 20) expect(new Set(ways)).toEqual(new Set(["PAID", "FAILED"]));
    expect(await stockOf(commerce(), seededVariant(4))).toEqual({ on_hand: 50, reserved: 0 });
    expect(await commerce().parts.store.ledger.audit()).toMatchObject({
      isSumZero: true,
      unbalancedTransactions: [],
      escrowMismatches: [],
      overdrawnAccounts: [],
    });
  });
});

describe("pieces of a flash sale", () => {
  const sold = async () => (await sql("SELECT sold FROM flash_sale WHERE id = $1", [saleId]))[0]?.sold;

  test("come back when their order is cancelled, unpaid or paid, and when all of its money goes back, once", async () => {
    const orders: string[] = [];
    for (const n of [0, 1, 2, 3]) {
      const purchase = await buy(commerce(), `${buyer}-${n}`, variantId, 2);
      if (n > 0) await payFor(commerce(), purchase.payment.id);
      orders.push(purchase.orders[0]?.id ?? "");
    }
    expect(await sold()).toBe(8);
    for (const n of [0, 1]) await cancel(orders[n] ?? "", {}, `${buyer}-${n}`);
    expect(await sold()).toBe(4);
    const [{ total }] = await sql('SELECT total_minor::text AS total FROM "order" WHERE id = $1', [orders[2]]);
    await operate(orders[2] ?? "", { kind: "refund", amountMinor: 100n });
    expect(await sold()).toBe(4);
    await operate(orders[2] ?? "", { kind: "refund", amountMinor: BigInt(total) - 100n });
    expect(await sold()).toBe(2);
    await operate(orders[3] ?? "", { kind: "ship" });
    await operate(orders[3] ?? "", { kind: "confirm-receipt" });
    await operate(orders[3] ?? "", { kind: "refund", amountMinor: BigInt(total) });
    expect(await sold()).toBe(0);
    expect(await sql("SELECT 1 FROM flash_sale_claim WHERE sale_id = $1 AND released_at IS NULL", [saleId])).toEqual(
      [],
    );
  });
});
