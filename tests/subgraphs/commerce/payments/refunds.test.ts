import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { requestRefund } from "../../../../subgraphs/commerce/domain/actions/request-refund.ts";
import { requestVoid } from "../../../../subgraphs/commerce/domain/actions/void-payment.ts";
import { createDurableWork } from "../../../../subgraphs/commerce/store/durable/start-in-tx.ts";
import { useDatabase } from "../../../support/databases.ts";
import { methodsUnderTest } from "./methods-under-test.ts";
import { eventually, openPaymentRig, type PaymentRig, type Placed } from "./payment-rig.ts";

const patienceMs = 60_000;

describe("refunds and voids against the sandbox's providers", () => {
  const commerce = useDatabase("commerce", { rows: "none" });
  let rig: PaymentRig;

  const pay = (methodId: string, { paymentId }: Placed, options: object = {}) =>
    rig.providers.of(methodId).post("pay", { partnerReferenceNo: paymentId, ...options });
  const paid = async (methodId: string): Promise<Placed> => {
    const placed = await rig.request({ methodId });
    await pay(methodId, placed);
    await rig.until(placed, "PAID");
    return placed;
  };
  const ask = async ({ paymentId, orderId }: Placed, key: string, amountMinor: bigint) => {
    const amount = { amountMinor, currency: "IDR" };
    const request = { paymentId, orderId, key, amount, reason: "the buyer sent it back", at: new Date() };
    return rig.transactions.runInTransaction((tx) => requestRefund(rig.payments.refundRequests, tx, request));
  };
  const untilSettled = ({ paymentId }: Placed, count: number) =>
    eventually(
      async () => {
        const sql = "SELECT state::text FROM refund WHERE payment_id = $1 AND state <> 'REQUESTED' ORDER BY id";
        const { rows } = await rig.pool.query(sql, [paymentId]);
        return rows.length === count ? rows.map(({ state }) => state) : undefined;
      },
      "the refunds",
      patienceMs,
    );
  const escrowAndOwed = async ({ orderId, paymentId }: Placed) => {
    const { rows } = await rig.pool.query(
      `SELECT a.code, sum(e.amount_minor)::text AS balance FROM ledger_transaction t
       JOIN ledger_entry e ON e.transaction_id = t.id JOIN ledger_account a ON a.id = e.account_id
       WHERE t.reference = $1 OR t.reference IN (SELECT id::text FROM refund WHERE payment_id = $2)
       GROUP BY a.code HAVING sum(e.amount_minor) <> 0`,
      [orderId, paymentId],
    );
    return Object.fromEntries(rows.map(({ code, balance }) => [code.replace(orderId, "<order>"), balance]));
  };

  beforeAll(async () => {
    rig = await openPaymentRig(commerce.urls.runtime, true);
  }, 180_000);
  afterAll(async () => {
    await rig?.stop();
  });
  beforeEach(() => rig.providers.resetAll());

  describe.each(methodsUnderTest.filter(({ refund }) => refund !== null))("by $methodId", ({ methodId, refund }) => {
    const provider = methodId.split(".")[0];

    test("several parts are each sent back under their own reference; the last makes the payment REFUNDED", async () => {
      const placed = await paid(methodId);
      expect((await ask(placed, "first", 4_900_000n)).ok).toBe(true);
      await untilSettled(placed, 1);
      expect((await rig.load(placed)).status).toBe("PAID");
      expect(await escrowAndOwed(placed)).toEqual({
        [`provider_clearing:${provider}`]: "10000000",
        "buyer_escrow:<order>": "-10000000",
      });
      expect((await ask(placed, "rest", 10_000_000n)).ok).toBe(true);
      await rig.until(placed, "REFUNDED");
      expect(await escrowAndOwed(placed)).toEqual({});
      expect(await rig.providers.of(methodId).charge(placed.paymentId)).toMatchObject({
        status: "refunded",
        amountRefunded: "149000.00",
        refunds: [expect.anything(), expect.anything()],
      });
    }, 90_000);

    test("a refund whose answer is lost is sent again under its reference and moves money once", async () => {
      const placed = await paid(methodId);
      await rig.providers.of(methodId).behave({ operation: refund, behaviour: "silent", work: true });
      await ask(placed, "lost", 14_900_000n);
      await rig.until(placed, "REFUNDED");
      expect((await rig.providers.of(methodId).charge(placed.paymentId)).refunds).toHaveLength(1);
      expect(await escrowAndOwed(placed)).toEqual({});
    }, 90_000);
  });

  test("never more than was captured: what is too much is refused and changes nothing", async () => {
    const placed = await paid("kantong.wallet");
    expect(await ask(placed, "too much", 14_900_001n)).toEqual({
      ok: false,
      refusal: { kind: "RefundExceedsCaptured", leftMinor: 14_900_000n },
    });
    expect((await ask(placed, "part", 10_000_000n)).ok).toBe(true);
    expect(await ask(placed, "rest and more", 5_000_000n)).toMatchObject({ refusal: { leftMinor: 4_900_000n } });
    expect(await ask(placed, "nothing", 0n)).toMatchObject({ ok: false });
    const races = await Promise.all(["a", "b", "c", "d"].map((key) => ask(placed, key, 4_900_000n)));
    expect(races.filter(({ ok }) => ok)).toHaveLength(1);
    await rig.until(placed, "REFUNDED");
    expect(await rig.providers.kantong.charge(placed.paymentId)).toMatchObject({ amountRefunded: "149000.00" });
  }, 90_000);

  test("the same key is the same refund, and with another sum a conflict", async () => {
    const placed = await paid("kantong.wallet");
    const first = await ask(placed, "once", 1_000_000n);
    const again = await ask(placed, "once", 1_000_000n);
    expect(first.ok && again.ok && first.value.id === again.value.id).toBe(true);
    expect(await ask(placed, "once", 2_000_000n)).toMatchObject({ refusal: { kind: "RefundKeyConflict" } });
    await untilSettled(placed, 1);
    expect(await rig.providers.kantong.charge(placed.paymentId)).toMatchObject({ amountRefunded: "10000.00" });
  }, 90_000);

  test("a payment that was not captured has nothing to send back", async () => {
    const placed = await rig.request({ methodId: "kantong.wallet" });
    expect(await ask(placed, "early", 100n)).toMatchObject({ refusal: { kind: "PaymentNotCaptured" } });
  });

  test.each([
    ["bank-cendana.virtual-account", null],
    ["bank-meranti.virtual-account", null],
    ["kantong.wallet", { operation: "wallet-refund", behaviour: "refuse", responseCode: "4045800" }],
  ])(
    "%s: what the provider cannot or will not send back stays owed, for a person",
    async (methodId, refusal) => {
      const placed = await paid(methodId);
      if (refusal !== null) await rig.providers.of(methodId).behave(refusal);
      const asked = await ask(placed, "by hand", 14_900_000n);
      expect(await untilSettled(placed, 1)).toEqual(["BY_HAND"]);
      expect(await escrowAndOwed(placed)).toEqual({
        [`provider_clearing:${methodId.split(".")[0]}`]: "14900000",
        refund_payable: "-14900000",
      });
      const { rows } = await rig.pool.query(
        "SELECT kind, owner, expected_minor::text AS owed FROM money_exception WHERE reference = $1 AND closed_at IS NULL",
        [asked.ok ? asked.value.id : ""],
      );
      expect(rows).toEqual([{ kind: "REFUND_BY_HAND", owner: "finance", owed: "14900000" }]);
    },
    90_000,
  );

  describe.each(methodsUnderTest)("voiding an unpaid payment of $methodId", ({ methodId }) => {
    const voided = (placed: Placed) =>
      rig.transactions.runInTransaction((tx) =>
        requestVoid(
          createDurableWork(() => new Date()),
          tx,
          placed.paymentId,
          "the buyer changed their mind",
        ),
      );

    test("closes the charge at the provider and gives the stock back; asked twice, once", async () => {
      const placed = await rig.request({ methodId });
      await voided(placed);
      await voided(placed);
      await rig.until(placed, "FAILED");
      expect(await rig.state(placed)).toEqual({ order: "CANCELLED", reservation: "RELEASED", onHand: 5, reserved: 0 });
      expect((await rig.providers.of(methodId).charge(placed.paymentId)).status).toBe("cancelled");
      expect((await rig.events(placed)).filter((kind) => kind === "voided")).toHaveLength(1);
    }, 90_000);

    test("finds one that was paid meanwhile paid, and leaves it so", async () => {
      const placed = await rig.request({ methodId });
      await pay(methodId, placed, { silent: true, skipInquiry: true });
      await voided(placed);
      await rig.until(placed, "PAID");
      expect((await rig.state(placed)).order).toBe("CONFIRMED");
    }, 90_000);
  });
});
