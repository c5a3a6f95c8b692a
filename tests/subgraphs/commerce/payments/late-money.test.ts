import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { newId } from "../../../../platform/runtime/ids.ts";
import { actOnOrder } from "../../../../subgraphs/commerce/domain/actions/act-on-order.ts";
import { useDatabase } from "../../../support/databases.ts";
import { rounds } from "../../../support/rounds.ts";
import { methodsUnderTest } from "./methods-under-test.ts";
import { eventually, openPaymentRig, type PaymentRig, type Placed } from "./payment-rig.ts";

const wallet = "kantong.wallet";

describe("late money, and reports out of order", () => {
  const commerce = useDatabase("commerce", { rows: "none" });
  let rig: PaymentRig;

  const controlOf = (methodId: string) => rig.providers.of(methodId);
  const pay = (methodId: string, { paymentId }: Placed, options: object = {}) =>
    controlOf(methodId).post("pay", { partnerReferenceNo: paymentId, ...options });
  const book = (methodId: string, { paymentId }: Placed) => controlOf(methodId).charge(paymentId);

  beforeAll(async () => {
    rig = await openPaymentRig(commerce.urls.runtime, true);
  }, 180_000);
  afterAll(async () => {
    await rig?.stop();
  });
  beforeEach(async () => {
    await rig.providers.resetAll();
  });

  describe.each(methodsUnderTest.filter(({ refund }) => refund !== null))("by $methodId", (method) => {
    const { methodId } = method;
    const provider = methodId.split(".")[0];

    test("money after expiry honours the order while its stock is still there", async () => {
      const placed = await rig.request({ methodId });
      await rig.expire(placed);
      await rig.until(placed, "EXPIRED");
      const report = await pay(methodId, placed, { force: true });
      expect(report.answers[0]?.responseCode).toMatch(method.accepted);
      await rig.until(placed, "PAID");
      expect(await rig.state(placed)).toEqual({ order: "CONFIRMED", reservation: "COMMITTED", onHand: 4, reserved: 0 });
      expect(await rig.balances(placed)).toEqual({
        [`provider_clearing:${provider}`]: "14900000",
        "buyer_escrow:<order>": "-14900000",
      });
    });

    test("money after expiry, when somebody else has the stock, is sent back once", async () => {
      const placed = await rig.request({ methodId, onHand: 1 });
      await rig.expire(placed);
      await rig.until(placed, "EXPIRED");
      await rig.pool.query("UPDATE stock SET on_hand = 0 WHERE variant_id = $1", [placed.variantId]);
      await pay(methodId, placed, { force: true, times: 2 });
      await rig.until(placed, "REFUNDED");
      expect(await rig.balances(placed)).toEqual({});
      expect(await book(methodId, placed)).toMatchObject({ status: "refunded", amountRefunded: "149000.00" });
      expect((await book(methodId, placed)).refunds).toHaveLength(1);
      expect((await rig.state(placed)).order).toBe("CANCELLED");
    });

    test("a refund whose answer is lost is asked for again under the same reference and moves money once", async () => {
      await controlOf(methodId).behave({ operation: method.refund, behaviour: "fail", work: true });
      const placed = await rig.request({ methodId, onHand: 1 });
      await rig.expire(placed);
      await rig.until(placed, "EXPIRED");
      await rig.pool.query("UPDATE stock SET on_hand = 0 WHERE variant_id = $1", [placed.variantId]);
      await pay(methodId, placed, { force: true });
      await rig.until(placed, "REFUNDED");
      expect((await book(methodId, placed)).refunds).toHaveLength(1);
      expect(await rig.balances(placed)).toEqual({});
    });
  });

  describe.each(methodsUnderTest.filter(({ isAsked }) => !isAsked))("out of order, by $methodId", (method) => {
    const { methodId } = method;
    const isProcessor = methodId.startsWith("gerbang");
    const tell = async (placed: Placed, state: "pending" | "failed") => {
      const { reference } = await book(methodId, placed);
      const status = state === "pending" ? "PROCESSING" : "FAILED";
      const sum = { amount_minor: 14_900_000, currency: "IDR" };
      const fields = isProcessor
        ? { data: { id: reference, reference_id: placed.paymentId, status, ...sum } }
        : { latestTransactionStatus: state === "pending" ? "03" : "06" };
      const message = { partnerReferenceNo: placed.paymentId, operation: method.notify, signature: "valid", fields };
      const { answers } = await controlOf(methodId).post("forge", message);
      expect(answers[0]?.responseCode).toMatch(method.accepted);
    };
    const applied = (placed: Placed) =>
      eventually(async () => {
        const { rows } = await rig.pool.query(
          "SELECT count(*)::int AS n FROM provider_notification WHERE payment_id = $1 AND applied_at IS NULL",
          [placed.paymentId],
        );
        return rows[0].n === 0 ? true : undefined;
      }, "every notification applied");

    test("a pending and a failed report after the money came change nothing: there is no way back", async () => {
      const placed = await rig.request({ methodId });
      await pay(methodId, placed);
      await rig.until(placed, "PAID");
      const paid = { balances: await rig.balances(placed), state: await rig.state(placed) };
      for (const state of ["pending", "failed"] as const) await tell(placed, state);
      await applied(placed);
      expect((await rig.load(placed)).status).toBe("PAID");
      expect({ balances: await rig.balances(placed), state: await rig.state(placed) }).toEqual(paid);
    });

    test("a failed report before the money is not believed while the status says otherwise, and the money is", async () => {
      const placed = await rig.request({ methodId });
      await tell(placed, "failed");
      await applied(placed);
      expect((await rig.load(placed)).status).toBe("AWAITING_PAYMENT");
      await pay(methodId, placed);
      await rig.until(placed, "PAID");
      expect((await rig.state(placed)).order).toBe("CONFIRMED");
    });
  });

  test("an unpaid order that is cancelled, is closed at its provider, also when that does not answer at first; money that had come goes back", async () => {
    const cancel = async ({ orderId }: Placed) => {
      const request = {
        operation: "cancelOrder",
        orderId,
        command: { kind: "cancel" },
        reason: "no",
        idempotencyKey: newId(),
      } as const;
      const result = await actOnOrder(rig.fulfilment.fulfilling, { kind: "BUYER", subject: "buyer" }, request);
      expect(result).toMatchObject({ ok: true, value: { status: "CANCELLED" } });
    };
    await controlOf(wallet).behave({ operation: "wallet-cancel", behaviour: "fail", work: false, times: 1 });
    const open = await rig.request({ methodId: wallet });
    await cancel(open);
    expect(await rig.state(open)).toEqual({ order: "CANCELLED", reservation: "RELEASED", onHand: 5, reserved: 0 });
    await eventually(
      async () => ((await book(wallet, open)).status === "cancelled" ? true : undefined),
      "closed there",
    );
    expect(await rig.balances(open)).toEqual({});

    const paid = await rig.request({ methodId: wallet });
    await cancel(paid);
    await pay(wallet, paid, { force: true });
    await rig.until(paid, "REFUNDED");
    expect(await book(wallet, paid)).toMatchObject({ amountRefunded: "149000.00" });
    expect((await rig.state(paid)).order).toBe("CANCELLED");
    expect(await rig.balances(paid)).toEqual({});
  });

  const raced = rounds(8, 20);
  test(`the order row decides between payment and expiry: ${raced} races end each in one state with one effect`, async () => {
    const races = await Promise.all(
      Array.from({ length: raced }, () => rig.request({ methodId: wallet, ttlSeconds: 12, withWork: true })),
    );
    await Promise.all(
      races.map(async (placed, index) => {
        const { expiresAt } = await rig.load(placed);
        await sleep(Math.max(expiresAt.getTime() - Date.now() - 200 + (index * 1_200) / raced, 0));
        await pay(wallet, placed, { force: true });
      }),
    );
    for (const placed of races) {
      await rig.until(placed, "PAID");
      expect(await rig.state(placed)).toEqual({ order: "CONFIRMED", reservation: "COMMITTED", onHand: 4, reserved: 0 });
      expect(await rig.balances(placed)).toEqual({
        "provider_clearing:kantong": "14900000",
        "buyer_escrow:<order>": "-14900000",
      });
    }
  }, 60_000);
});
