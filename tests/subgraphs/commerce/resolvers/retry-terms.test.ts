import { beforeEach, describe, expect, test } from "@jest/globals";
import { newId } from "../../../../platform/runtime/ids.ts";
import { cancelUnpaidOrders } from "../../../../subgraphs/commerce/domain/actions/settle-payment.ts";
import { rate, rates, scriptedCourier, silent } from "../shipping/scripted-couriers.ts";
import { checkOut, putIntoCart, seededVariant, setStock, stockOf } from "../support/buyer-journey.ts";
import { newKey, testMethod, useCommerce } from "../support/test-commerce.ts";
import { makeVoucher } from "../support/vouchers.ts";

const kilat = scriptedCourier("kilat", "Kilat");
const commerce = useCommerce({ couriers: [kilat] });
const variant = seededVariant(0);

const document = `mutation ($input: RetryPaymentInput!) { retryPayment(input: $input) { __typename
  ... on UserError { code field message } ... on PaymentRetryEnded { endReason: reason }
  ... on OrderTermsChanged { changeReason: reason variant { id } } ... on VoucherExpired { voucher { code } }
  ... on ShippingUnavailable { silentCouriers }
  ... on RetryPaymentSuccess { payment { id status amount { amount currency } expiresAt orders { id status } } } } }`;

interface Payload {
  readonly __typename: string;
  readonly code?: string;
  readonly message?: string;
  readonly payment: { readonly id: string; readonly expiresAt: string; readonly amount: { readonly amount: string } };
}

let buyer: string;
let regularMinor: bigint;

async function sql(text: string, values: unknown[] = []) {
  return (await commerce().parts.database.pool.query(text, values)).rows;
}

async function retry(paymentId: string): Promise<Payload> {
  const client = await commerce().client(buyer);
  const input = { paymentId, paymentMethodId: testMethod.id, idempotencyKey: newKey() };
  return (await client.data<{ retryPayment: Payload }>(document, { input })).retryPayment;
}

async function bought() {
  await putIntoCart(commerce(), buyer, variant, 2);
  const payload = await checkOut(commerce(), buyer);
  expect(payload.__typename).toBe("CheckoutSuccess");
  return payload;
}

/** Lets a payment run out, so that its orders give everything back. */
async function expire(paymentId: string): Promise<void> {
  await commerce().parts.store.transactions.runInTransaction(async (tx) => {
    const payment = await tx.payments.lock(paymentId);
    if (payment === null) throw new Error("no such payment");
    const at = new Date();
    await cancelUnpaidOrders(tx, payment, { status: "EXPIRED", source: "timer", reason: "not paid in time", at });
  });
}

/** A sale of the variant for a tenth of its price; answers its id. */
async function startSale(): Promise<string> {
  const id = newId();
  await sql(
    `INSERT INTO flash_sale (id, variant_id, price_minor, currency, quota, max_per_buyer, starts_at, ends_at)
     VALUES ($1, $2, $3, 'IDR', 50, 50, '2026-01-01Z', '2036-01-01Z')`,
    [id, variant, regularMinor / 10n],
  );
  return id;
}

beforeEach(async () => {
  buyer = `buyer-${newKey()}`;
  kilat.answer = rates(rate("BIASA", 12_000));
  await sql("UPDATE flash_sale SET ends_at = '2026-01-02Z' WHERE variant_id = $1", [variant]);
  await sql("UPDATE variant SET is_sold = true, price_minor = 15000000 WHERE id = $1", [variant]);
  await setStock(commerce(), variant, 100);
  const [row] = await sql("SELECT price_minor FROM variant WHERE id = $1", [variant]);
  regularMinor = BigInt(row.price_minor);
});

describe("orders that gave their goods back", () => {
  test("are paid in another way when everything is as it was agreed, for the same sum", async () => {
    await startSale();
    const { payment, orders } = await bought();
    await expire(payment.id);
    expect(await retry(payment.id)).toMatchObject({
      __typename: "RetryPaymentSuccess",
      payment: {
        status: "AWAITING_PAYMENT",
        amount: payment.amount,
        orders: [{ id: orders[0]?.id, status: "PLACED" }],
      },
    });
    expect((await stockOf(commerce(), variant)).reserved).toBe(2);
  });

  test.each([
    ["the flash sale is over", "UPDATE flash_sale SET ends_at = now() WHERE variant_id = $1", "FLASH_SALE_OVER"],
    ["the variant is unlisted", "UPDATE variant SET is_sold = false WHERE id = $1", "VARIANT_NOT_SOLD"],
    [
      "the sale's price rose",
      "UPDATE flash_sale SET price_minor = price_minor + 100 WHERE variant_id = $1 AND now() < ends_at",
      "PRICE_CHANGED",
    ],
    ["the goods weigh more", "UPDATE variant SET weight_grams = weight_grams + 100 WHERE id = $1", "SHIPPING_CHANGED"],
  ])("when %s, are not, and nothing is held", async (_what, change, changeReason) => {
    await startSale();
    const { payment } = await bought();
    await expire(payment.id);
    await sql(change, [variant]);
    const refusal = await retry(payment.id);
    expect(refusal).toMatchObject({
      __typename: "OrderTermsChanged",
      code: "ORDER_TERMS_CHANGED",
      field: "input.paymentId",
      changeReason,
      variant: changeReason === "SHIPPING_CHANGED" ? null : { id: variant },
    });
    expect(refusal.message).toMatch(/order it anew\.$/);
    expect((await stockOf(commerce(), variant)).reserved).toBe(0);
  });

  test("when the regular price rose, or a sale came that makes them cheaper, are bought anew instead", async () => {
    const { payment } = await bought();
    await expire(payment.id);
    await sql("UPDATE variant SET price_minor = price_minor * 20 WHERE id = $1", [variant]);
    expect(await retry(payment.id)).toMatchObject({ changeReason: "PRICE_CHANGED" });
    await sql("UPDATE variant SET price_minor = price_minor / 20 WHERE id = $1", [variant]);
    await startSale();
    expect(await retry(payment.id)).toMatchObject({ changeReason: "PRICE_CHANGED" });
  });

  test("when the voucher is over, are not", async () => {
    await putIntoCart(commerce(), buyer, variant, 2);
    const code = await makeVoucher(commerce());
    const client = await commerce().client(buyer);
    await client.data("mutation ($input: ApplyVoucherInput!) { applyVoucher(input: $input) { __typename } }", {
      input: { code },
    });
    const { payment } = await checkOut(commerce(), buyer);
    await expire(payment.id);
    await sql("UPDATE voucher SET ends_at = now() WHERE code = $1", [code]);
    expect(await retry(payment.id)).toMatchObject({ code: "VOUCHER_EXPIRED", voucher: { code } });
    await sql("UPDATE voucher SET ends_at = '2036-01-01Z' WHERE code = $1", [code]);
    expect(await retry(payment.id)).toMatchObject({ __typename: "RetryPaymentSuccess" });
  });

  test("when carrying costs something else or is not offered, are not; while its courier is silent, not yet", async () => {
    const { payment } = await bought();
    await expire(payment.id);
    kilat.answer = rates(rate("BIASA", 13_000));
    expect(await retry(payment.id)).toMatchObject({ changeReason: "SHIPPING_CHANGED" });
    kilat.answer = rates(rate("EXPRES", 12_000));
    expect(await retry(payment.id)).toMatchObject({ changeReason: "SHIPPING_CHANGED" });
    kilat.answer = silent;
    expect(await retry(payment.id)).toMatchObject({ code: "SHIPPING_UNAVAILABLE", silentCouriers: ["Kilat"] });
    kilat.answer = rates(rate("BIASA", 12_000));
    expect(await retry(payment.id)).toMatchObject({ __typename: "RetryPaymentSuccess" });
  });

  test("are paid within a day after the first payment ran out, and not after it, whatever ran out since", async () => {
    const { payment } = await bought();
    await expire(payment.id);
    const { payment: second } = await retry(payment.id);
    await expire(second.id);
    const runOut = (ago: string) =>
      sql("UPDATE payment SET expires_at = now() - $2::interval WHERE id = $1", [payment.id, ago]);
    await runOut("24 hours 1 second");
    expect(await retry(second.id)).toMatchObject({
      __typename: "PaymentRetryEnded",
      code: "PAYMENT_RETRY_ENDED",
      endReason: "TOO_LATE",
    });
    expect((await stockOf(commerce(), variant)).reserved).toBe(0);
    await runOut("23 hours 59 minutes");
    expect(await retry(second.id)).toMatchObject({ __typename: "RetryPaymentSuccess" });
  });
});

describe("orders that hold their goods", () => {
  test("keep price and deadline, whatever is offered by now, and are tried so often and not more", async () => {
    await startSale();
    const { payment } = await bought();
    await sql("UPDATE flash_sale SET ends_at = now() WHERE variant_id = $1", [variant]);
    await sql("UPDATE variant SET is_sold = false WHERE id = $1", [variant]);
    let paymentId = payment.id;
    for (let n = 2; n <= 5; n += 1) {
      const retried = await retry(paymentId);
      expect(retried).toMatchObject({ payment: { expiresAt: payment.expiresAt, amount: payment.amount } });
      paymentId = retried.payment.id;
    }
    expect(await retry(paymentId)).toMatchObject({ code: "PAYMENT_RETRY_ENDED", endReason: "TOO_MANY_ATTEMPTS" });
    // What the buyer was told to do still works: its charge was not closed.
    expect(await sql("SELECT status FROM payment WHERE id = $1", [paymentId])).toEqual([
      { status: "AWAITING_PAYMENT" },
    ]);
    const reservations = await sql(
      `SELECT r.expires_at FROM reservation r JOIN "order" o ON o.id = r.order_id WHERE o.payment_id = $1`,
      [paymentId],
    );
    expect(reservations).toEqual([{ expires_at: new Date(payment.expiresAt) }]);
  });

  test("whose time is over, although nobody ended them yet, are ended and held anew only on today's terms", async () => {
    await startSale();
    const { payment } = await bought();
    await sql("UPDATE payment SET expires_at = now() WHERE id = $1", [payment.id]);
    await sql("UPDATE flash_sale SET ends_at = now() WHERE variant_id = $1", [variant]);
    expect(await retry(payment.id)).toMatchObject({ changeReason: "FLASH_SALE_OVER" });
    expect(await sql("SELECT status FROM payment WHERE id = $1", [payment.id])).toEqual([{ status: "EXPIRED" }]);
    expect((await stockOf(commerce(), variant)).reserved).toBe(0);
  });
});
