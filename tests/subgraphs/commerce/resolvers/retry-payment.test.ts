import { expect, test } from "@jest/globals";
import { buy, checkOut, putIntoCart, seededVariant, stockOf } from "../support/buyer-journey.ts";
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
