import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { newId } from "../../../../platform/runtime/ids.ts";
import type { Buying } from "../../../../subgraphs/commerce/domain/actions/buying.ts";
import { type RetryPaymentInput, retryPayment } from "../../../../subgraphs/commerce/domain/actions/retry-payment.ts";
import { requestVoid } from "../../../../subgraphs/commerce/domain/actions/void-payment.ts";
import { createDurableWork } from "../../../../subgraphs/commerce/store/durable/start-in-tx.ts";
import { guestTokens } from "../../../../subgraphs/commerce/store/guest-cart-store.ts";
import { createNotificationInbox } from "../../../../subgraphs/commerce/store/notification-inbox.ts";
import { hashRequest } from "../../../../subgraphs/commerce/store/request-hash.ts";
import { useDatabase } from "../../../support/databases.ts";
import { noShipping } from "../support/no-couriers.ts";
import { methodsUnderTest } from "./methods-under-test.ts";
import { openPaymentRig, type PaymentRig, type Placed } from "./payment-rig.ts";

const qris = "bank-cendana.qris";
const wallet = "kantong.wallet";

describe("paying in another way", () => {
  const commerce = useDatabase("commerce", { rows: "none" });
  const work = createDurableWork(() => new Date());
  let rig: PaymentRig;
  let buying: Buying;

  const pay = (methodId: string, { paymentId }: Pick<Placed, "paymentId">, options: object = {}) =>
    rig.providers.of(methodId).post("pay", { partnerReferenceNo: paymentId, ...options });
  const retry = (placed: Placed, paymentMethodId: string, more: Partial<RetryPaymentInput> = {}, buyer = "buyer") =>
    retryPayment(buying, buyer, { paymentId: placed.paymentId, paymentMethodId, idempotencyKey: newId(), ...more });
  const retried = async (placed: Placed, methodId: string): Promise<Placed> => {
    const result = await retry(placed, methodId);
    if (!result.ok) throw new Error(result.refusal.kind);
    return { ...placed, paymentId: result.value.paymentId };
  };
  const capturesOf = async ({ orderId }: Placed) => {
    const { rows } = await rig.pool.query(
      "SELECT kind FROM ledger_transaction WHERE kind IN ('capture', 'honour') AND reference = $1",
      [orderId],
    );
    return rows.length;
  };

  beforeAll(async () => {
    rig = await openPaymentRig(commerce.urls.runtime, true);
    buying = {
      transactions: rig.transactions,
      attributionTokens: { verify: async () => null },
      guestTokens,
      work,
      paymentRequests: rig.payments.requests,
      inbox: createNotificationInbox(),
      methods: rig.payments.methods,
      newId,
      clock: () => new Date(),
      hashRequest,
      shipping: noShipping,
      paymentTtlSeconds: 900,
    };
  }, 180_000);
  afterAll(async () => {
    await rig?.stop();
  });
  beforeEach(() => rig.providers.resetAll());

  describe.each(methodsUnderTest)("after $methodId", ({ methodId }) => {
    const other = methodId === wallet ? qris : wallet;

    test("was abandoned: its charge is closed, the same order is paid by the other, and captured once", async () => {
      const placed = await rig.request({ methodId });
      const next = await retried(placed, other);
      expect((await rig.load(placed)).status).toBe("FAILED");
      expect((await rig.providers.of(methodId).charge(placed.paymentId)).status).toBe("cancelled");
      expect(await rig.load(next)).toMatchObject({ status: "AWAITING_PAYMENT", methodId: other });
      expect(await rig.state(next)).toEqual({ order: "PLACED", reservation: "HELD", onHand: 5, reserved: 1 });
      await pay(other, next);
      await rig.until(next, "PAID");
      expect(await rig.state(next)).toEqual({ order: "CONFIRMED", reservation: "COMMITTED", onHand: 4, reserved: 0 });
      expect(await capturesOf(next)).toBe(1);
    }, 90_000);

    test("turns out to be paid: it wins, and no other is asked for", async () => {
      const placed = await rig.request({ methodId });
      await pay(methodId, placed, { silent: true, skipInquiry: true });
      expect(await retry(placed, other)).toMatchObject({ ok: false, refusal: { kind: "PaymentSettled" } });
      expect((await rig.load(placed)).status).toBe("PAID");
      expect(await capturesOf(placed)).toBe(1);
    }, 90_000);
  });

  test("after one that failed, the stock that was given back is held again and the order is placed again", async () => {
    await rig.providers.kantong.behave({ operation: "wallet-payment", behaviour: "refuse", responseCode: "4035402" });
    const placed = await rig.request({ methodId: wallet });
    expect(await rig.state(placed)).toMatchObject({ order: "CANCELLED", reservation: "RELEASED" });
    const next = await retried(placed, qris);
    expect(await rig.state(next)).toEqual({ order: "PLACED", reservation: "HELD", onHand: 5, reserved: 1 });
    await pay(qris, next);
    await rig.until(next, "PAID");
    expect(await rig.state(next)).toEqual({ order: "CONFIRMED", reservation: "COMMITTED", onHand: 4, reserved: 0 });
  }, 90_000);

  test("after one that failed, when somebody else has the stock, is refused and changes nothing", async () => {
    await rig.providers.kantong.behave({ operation: "wallet-payment", behaviour: "refuse", responseCode: "4035402" });
    const placed = await rig.request({ methodId: wallet, onHand: 1 });
    await rig.pool.query("UPDATE stock SET on_hand = 0 WHERE variant_id = $1", [placed.variantId]);
    expect(await retry(placed, qris)).toMatchObject({ refusal: { kind: "OutOfStock" } });
    expect(await rig.state(placed)).toMatchObject({ order: "CANCELLED", reservation: "RELEASED", reserved: 0 });
  }, 60_000);

  test("late money of the charge that was replaced is sent back, and the order is captured once", async () => {
    const placed = await rig.request({ methodId: wallet });
    const next = await retried(placed, qris);
    await pay(qris, next);
    await rig.until(next, "PAID");
    await pay(wallet, placed, { force: true });
    await rig.until(placed, "REFUNDED");
    expect(await rig.providers.kantong.charge(placed.paymentId)).toMatchObject({ amountRefunded: "149000.00" });
    expect(await capturesOf(next)).toBe(1);
    expect((await rig.state(next)).order).toBe("CONFIRMED");
  }, 90_000);

  test("the same key answers the first result, another request under it is a conflict, and a refusal leaves it free", async () => {
    const placed = await rig.request({ methodId: wallet });
    const idempotencyKey = newId();
    expect(await retry(placed, "no-such.method", { idempotencyKey })).toMatchObject({
      refusal: { kind: "PaymentMethodUnavailable" },
    });
    const first = await retry(placed, qris, { idempotencyKey });
    const again = await retry(placed, qris, { idempotencyKey });
    if (!first.ok || !again.ok) throw new Error("refused");
    expect([first.value.isReplay, again.value]).toEqual([false, { ...first.value, isReplay: true }]);
    expect(await retry(placed, wallet, { idempotencyKey })).toMatchObject({ refusal: { kind: "IdempotencyConflict" } });
  }, 60_000);

  test("eight at once, each with its own key, make one payment for the order", async () => {
    const placed = await rig.request({ methodId: wallet });
    const results = await Promise.all(Array.from({ length: 8 }, () => retry(placed, qris)));
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    const { rows } = await rig.pool.query('SELECT payment_id FROM "order" WHERE id = $1', [placed.orderId]);
    const made = results.find(({ ok }) => ok);
    expect(rows).toEqual([{ payment_id: made?.ok ? made.value.paymentId : "" }]);
  }, 60_000);

  test("while the provider does not answer, it is refused as unsettled: the charge could still be paid", async () => {
    const placed = await rig.request({ methodId: wallet });
    await rig.providers.kantong.behave({ operation: "wallet-cancel", behaviour: "fail", work: false, times: 1 });
    expect(await retry(placed, qris)).toMatchObject({ refusal: { kind: "PaymentUnsettled" } });
    expect((await rig.load(placed)).status).toBe("AWAITING_PAYMENT");
    expect((await retry(placed, qris)).ok).toBe(true);
  }, 60_000);

  test("a payment of somebody else, and one that was voided, cannot be retried", async () => {
    const placed = await rig.request({ methodId: wallet });
    expect(await retry(placed, qris, {}, "a stranger")).toMatchObject({ refusal: { kind: "PaymentNotFound" } });
    expect((await rig.providers.kantong.charge(placed.paymentId)).status).toBe("open");
    await rig.transactions.runInTransaction((tx) => requestVoid(work, tx, placed.paymentId, "not wanted"));
    await rig.until(placed, "FAILED");
    expect(await retry(placed, qris)).toMatchObject({ refusal: { kind: "PaymentSettled" } });
  }, 60_000);
});
