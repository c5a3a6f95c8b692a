import { expect, test } from "@jest/globals";
import { newId } from "../../../../platform/runtime/ids.ts";
import { createCloseCharge } from "../../../../subgraphs/commerce/domain/actions/close-charge.ts";
import type { PaymentProvider } from "../../../../subgraphs/commerce/domain/ports.ts";
import { createNotificationInbox } from "../../../../subgraphs/commerce/store/notification-inbox.ts";
import { buy, checkOut, putIntoCart, seededVariant, stockOf } from "../support/buyer-journey.ts";
import { directRun } from "../support/paid-order.ts";
import { newKey, testMethod, useCommerce } from "../support/test-commerce.ts";

const commerce = useCommerce();

const document = `mutation ($input: RetryPaymentInput!) { retryPayment(input: $input) { __typename
  ... on UserError { code field message }
  ... on RetryPaymentSuccess { isReplay payment { id status method { id } orders { id status } } }
  ... on PaymentSettled { payment { id status orders { id } } } } }`;

interface Payload {
  readonly __typename: string;
  readonly code?: string;
  readonly isReplay?: boolean;
  readonly payment: { readonly id: string; readonly status: string; readonly orders: { readonly id: string }[] };
}

async function retry(buyer: string, paymentId: string, changes: object = {}): Promise<Payload> {
  const client = await commerce().client(buyer);
  const input = { paymentId, paymentMethodId: testMethod.id, idempotencyKey: newKey(), ...changes };
  return (await client.data<{ retryPayment: Payload }>(document, { input })).retryPayment;
}

test("a payment that is retried by GraphQL gives its orders to the new one, which the order then shows", async () => {
  const variant = seededVariant(3);
  const bought = await buy(commerce(), "buyer-retry", variant, 1);
  const before = await stockOf(commerce(), variant);
  const idempotencyKey = newKey();
  const retried = await retry("buyer-retry", bought.payment.id, { idempotencyKey });
  expect(retried).toMatchObject({
    __typename: "RetryPaymentSuccess",
    isReplay: false,
    payment: { status: "AWAITING_PAYMENT", orders: [{ id: bought.orders[0]?.id, status: "PLACED" }] },
  });
  expect(retried.payment.id).not.toBe(bought.payment.id);
  expect(await retry("buyer-retry", bought.payment.id, { idempotencyKey })).toEqual({ ...retried, isReplay: true });
  expect(await stockOf(commerce(), variant)).toEqual(before);
  const client = await commerce().client("buyer-retry");
  const { order } = await client.data<{ order: { payment: { id: string } } }>(
    "query ($id: ID!) { order(id: $id) { payment { id } } }",
    { id: bought.orders[0]?.id },
  );
  expect(order.payment.id).toBe(retried.payment.id);
});

test("a checkout whose payment was replaced, sent again, answers its orders with the payment that counts", async () => {
  await putIntoCart(commerce(), "buyer-replay", seededVariant(4));
  const idempotencyKey = newKey();
  const first = await checkOut(commerce(), "buyer-replay", { idempotencyKey, expectedCartVersion: 1 });
  const retried = await retry("buyer-replay", first.payment.id);
  const again = await checkOut(commerce(), "buyer-replay", { idempotencyKey, expectedCartVersion: 1 });
  expect(again).toMatchObject({ isReplay: true, payment: { id: retried.payment.id } });
  expect(again.orders.map(({ id }) => id)).toEqual(first.orders.map(({ id }) => id));
});

test("a payment that another one replaced is settled; one of somebody else, or none at all, is not found", async () => {
  const bought = await buy(commerce(), "buyer-twice", seededVariant(5));
  await retry("buyer-twice", bought.payment.id);
  expect(await retry("buyer-twice", bought.payment.id)).toMatchObject({
    code: "PAYMENT_SETTLED",
    payment: { id: bought.payment.id, status: "FAILED", orders: [] },
  });
  expect(await retry("a-stranger", bought.payment.id)).toMatchObject({ code: "PAYMENT_NOT_FOUND" });
  expect(await retry("buyer-twice", "no id")).toMatchObject({ code: "PAYMENT_NOT_FOUND" });
  expect(await retry("buyer-twice", bought.payment.id, { paymentMethodId: "bank.none" })).toMatchObject({
    code: "PAYMENT_METHOD_UNAVAILABLE",
  });
  expect(await retry("buyer-twice", bought.payment.id, { idempotencyKey: "short" })).toMatchObject({
    code: "INVALID_INPUT",
  });
});

test("a charge that was closed in vain, because a notification of it waits, is ended once that is applied", async () => {
  const variant = seededVariant(6);
  const { payment, orders } = await buy(commerce(), "buyer-closed", variant);
  const before = await stockOf(commerce(), variant);
  const { store, work, clock, database } = commerce().parts;
  const { transactions } = store;
  const inbox = createNotificationInbox();
  const id = newId();
  const kept = {
    id,
    provider: testMethod.provider,
    reference: newKey(),
    providerStatus: "00",
    paymentId: payment.id,
    verdict: "ACCEPTED",
    amount: { amountMinor: 100n, currency: "IDR" },
    answer: { status: 200, body: {} },
    receivedAt: clock(),
    appliedAt: null,
  } as const;
  await transactions.runInTransaction((tx) => inbox.insert(tx, kept, new Uint8Array([1])));
  expect(await retry("buyer-closed", payment.id)).toMatchObject({ code: "PAYMENT_UNSETTLED" });
  const runs = async () =>
    (
      await database.pool.query("SELECT workflow_uuid AS id FROM durable.workflow_status WHERE workflow_uuid LIKE $1", [
        `close-charge:${payment.id}%`,
      ])
    ).rows.map((row) => row.id);
  expect(await runs()).toEqual([`close-charge:${payment.id}:end`]);
  const nothing = async () => ({ kind: "unknown", reason: "not scripted" }) as const;
  const provider: PaymentProvider = {
    id: testMethod.provider,
    methods: [testMethod],
    requestPayment: nothing,
    queryStatus: async () => ({ kind: "pending", isMoving: false }),
    cancel: async () => ({ kind: "done", providerReference: null }),
    canRefund: () => true,
    refund: nothing,
  };
  const close = () =>
    createCloseCharge({ inbox, work, providerOf: () => provider, clock })(directRun(commerce()), {
      paymentId: payment.id,
      end: "yes",
    });
  const statusOf = async () =>
    (await database.pool.query("SELECT status::text FROM payment WHERE id = $1", [payment.id])).rows[0].status;
  await close();
  expect([await statusOf(), (await runs()).length]).toEqual(["AWAITING_PAYMENT", 2]);
  await transactions.runInTransaction((tx) => inbox.markApplied(tx, id, clock()));
  await close();
  expect(await statusOf()).toBe("FAILED");
  expect((await stockOf(commerce(), variant)).reserved).toBe(before.reserved - 1);
  expect(await retry("buyer-closed", payment.id)).toMatchObject({
    __typename: "RetryPaymentSuccess",
    payment: { orders: [{ id: orders[0]?.id, status: "PLACED" }] },
  });
});
