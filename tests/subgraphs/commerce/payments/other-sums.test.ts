import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { useDatabase } from "../../../support/databases.ts";
import { methodsUnderTest } from "./methods-under-test.ts";
import { eventually, openPaymentRig, type PaymentRig, type Placed } from "./payment-rig.ts";

const virtualAccount = "bank-cendana.virtual-account";
const qris = "bank-cendana.qris";
const wallet = "kantong.wallet";

describe("money that is not what was asked for", () => {
  const commerce = useDatabase("commerce", { rows: "none" });
  let rig: PaymentRig;

  const controlOf = (methodId: string) => rig.providers.of(methodId);
  const pay = (methodId: string, { paymentId }: Placed, options: object = {}) =>
    controlOf(methodId).post("pay", { partnerReferenceNo: paymentId, ...options });
  const book = (methodId: string, { paymentId }: Placed) => controlOf(methodId).charge(paymentId);
  const operationOf = (methodId: string) => (methodId === qris ? "qr-notify" : "wallet-notify");
  const accountsOf = (methodId: string) => {
    const provider = methodId.split(".")[0];
    return { clearing: `provider_clearing:${provider}`, suspense: `suspense:${provider}` };
  };
  const forge = async (methodId: string, { paymentId }: Placed, fields: object) => {
    const message = { partnerReferenceNo: paymentId, operation: operationOf(methodId), signature: "valid", fields };
    return (await controlOf(methodId).post("forge", message)).answers[0]?.responseCode;
  };
  const untilEvent = (placed: Placed, kind: string) =>
    eventually(async () => ((await rig.events(placed)).includes(kind) ? true : undefined), kind);
  /** What is posted for charges that the provider names so, by kind. */
  const postedFor = async (reference: string) => {
    const { rows } = await rig.pool.query(
      `SELECT t.kind, e.amount_minor::text AS amount FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
       WHERE t.reference LIKE '%:' || $1 AND e.amount_minor > 0 ORDER BY t.posted_at`,
      [reference],
    );
    return rows;
  };
  const errorOf = (placed: Placed) =>
    eventually(async () => {
      const { rows } = await rig.pool.query(
        "SELECT o.error FROM durable.workflow_status s JOIN durable.workflow_output o USING (workflow_uuid) WHERE s.status = 'ERROR'",
      );
      const row = rows.find(({ error }) => String(error).includes(placed.paymentId));
      return row === undefined ? undefined : String(row.error);
    }, "a run that waits for a person");

  beforeAll(async () => {
    rig = await openPaymentRig(commerce.urls.runtime, true);
  }, 180_000);
  afterAll(async () => {
    await rig?.stop();
  });
  beforeEach(async () => {
    await rig.providers.resetAll();
  });

  describe.each([qris, wallet, "lumbung.wallet"])("by %s", (methodId) => {
    test("another sum that nobody told of is found when the payment runs out, booked once and sent back", async () => {
      const placed = await rig.request({ methodId });
      await pay(methodId, placed, { amount: "100.00", silent: true });
      await rig.start("settle-payment-request", placed);
      await rig.expire(placed);
      await rig.until(placed, "REFUNDED");
      const { reference, ...charge } = await book(methodId, placed);
      expect(charge).toMatchObject({ status: "refunded", amountPaid: "100.00", amountRefunded: "100.00" });
      expect(await postedFor(reference)).toEqual([
        { kind: "late-money", amount: "10000" },
        { kind: "refund-owed", amount: "10000" },
        { kind: "refund-paid", amount: "10000" },
      ]);
      expect(await rig.balances(placed)).toEqual({});
      expect(await rig.state(placed)).toMatchObject({ order: "CANCELLED", reservation: "RELEASED" });
      // The notification that comes at last tells nothing new.
      await forge(methodId, placed, { latestTransactionStatus: "00", amount: { value: "100.00", currency: "IDR" } });
      await untilEvent(placed, "amount-mismatch");
      expect(await rig.balances(placed)).toEqual({});
    });

    test("another sum that was notified is sent back when the payment ends unpaid", async () => {
      const placed = await rig.request({ methodId });
      await pay(methodId, placed, { amount: "100.00" });
      await untilEvent(placed, "money-held");
      const { clearing, suspense } = accountsOf(methodId);
      expect(await rig.balances(placed)).toEqual({ [clearing]: "10000", [suspense]: "-10000" });
      await rig.expire(placed);
      await rig.until(placed, "REFUNDED");
      expect(await book(methodId, placed)).toMatchObject({ amountPaid: "100.00", amountRefunded: "100.00" });
      expect(await rig.balances(placed)).toEqual({});
    });

    test("a charge that was paid twice and told once confirms the order; what is too much is sent back once", async () => {
      const placed = await rig.request({ methodId });
      await pay(methodId, placed, { silent: true });
      await pay(methodId, placed, { force: true });
      await rig.until(placed, "PAID");
      await untilEvent(placed, "refunded");
      expect(await book(methodId, placed)).toMatchObject({ amountPaid: "298000.00", amountRefunded: "149000.00" });
      const { clearing } = accountsOf(methodId);
      expect(await rig.balances(placed)).toEqual({ [clearing]: "14900000", "buyer_escrow:<order>": "-14900000" });
      expect((await rig.load(placed)).status).toBe("PAID");
    });

    test("a notification that claims another sum than the provider's book is not booked: the book is", async () => {
      const placed = await rig.request({ methodId });
      const report = await pay(methodId, placed, { notifiedAmount: "1.00" });
      expect(report.answers[0]?.responseCode).toMatch(/^404\d\d13$/);
      await rig.until(placed, "PAID");
      const { clearing } = accountsOf(methodId);
      expect(await rig.balances(placed)).toEqual({ [clearing]: "14900000", "buyer_escrow:<order>": "-14900000" });
    });

    test("a false sum while nothing was paid books nothing, and the true notification of the charge is applied", async () => {
      const placed = await rig.request({ methodId });
      const paid = { latestTransactionStatus: "00", amount: { value: "1.00", currency: "IDR" } };
      expect(await forge(methodId, placed, paid)).toMatch(/^404\d\d13$/);
      await untilEvent(placed, "amount-mismatch");
      expect(await rig.balances(placed)).toEqual({});
      expect((await pay(methodId, placed)).answers[0]?.responseCode).toMatch(/^200/);
      await rig.until(placed, "PAID");
    });

    test("a false sum, while the provider does not answer, is not booked until it does", async () => {
      const operation = methodId === qris ? "qr-query" : "wallet-status";
      await controlOf(methodId).behave({ operation, behaviour: "fail", times: 1 });
      const placed = await rig.request({ methodId });
      await pay(methodId, placed, { amount: "100.00", notifiedAmount: "7.00" });
      await untilEvent(placed, "money-held");
      const { clearing, suspense } = accountsOf(methodId);
      expect(await rig.balances(placed)).toEqual({ [clearing]: "10000", [suspense]: "-10000" });
    });

    test("another currency is a mismatch, kept as it was told and never posted", async () => {
      const placed = await rig.request({ methodId });
      const paid = { latestTransactionStatus: "00", amount: { value: "149000.00", currency: "USD" } };
      expect(await forge(methodId, placed, paid)).toMatch(/^404\d\d13$/);
      await untilEvent(placed, "amount-mismatch");
      const { rows } = await rig.pool.query(
        "SELECT verdict, currency, amount_minor::text AS amount FROM provider_notification WHERE payment_id = $1",
        [placed.paymentId],
      );
      expect(rows).toEqual([{ verdict: "AMOUNT_MISMATCH", currency: "USD", amount: "14900000" }]);
      expect(await rig.balances(placed)).toEqual({});
      expect((await rig.load(placed)).status).toBe("AWAITING_PAYMENT");
    });

    test("money for an unknown reference stands in suspense once, and another name for it pays only by what the book says", async () => {
      const placed = await rig.request({ methodId });
      const { reference } = await book(methodId, placed);
      // The charge is made known under another name, as a provider's first, wrong call does.
      const name = `${reference}-other`;
      const amount = { value: "149000.00", currency: "IDR" };
      const paid = { originalReferenceNo: name, latestTransactionStatus: "00", amount };
      const wrong = { ...paid, originalPartnerReferenceNo: "no id of ours" };
      expect(await forge(methodId, placed, wrong)).toMatch(/^404\d\d01$/);
      expect(await forge(methodId, placed, wrong)).toMatch(/^404\d\d01$/);
      expect(await postedFor(name)).toEqual([{ kind: "unclaimed-money", amount: "14900000" }]);
      // The book names the charge as it should: its word is taken, the wrong name stays unclaimed until the file shows it.
      await pay(methodId, placed, { silent: true });
      expect(await forge(methodId, placed, paid)).toMatch(/^200/);
      await rig.until(placed, "PAID");
      expect((await postedFor(name)).map(({ kind }) => kind)).toEqual(["unclaimed-money"]);
      const { clearing, suspense } = accountsOf(methodId);
      expect(await rig.balances(placed)).toEqual({
        [clearing]: "29800000",
        [suspense]: "-14900000",
        "buyer_escrow:<order>": "-14900000",
      });
    });

    test("an unknown reference with a charge that is ours, or another currency, is kept and not posted", async () => {
      const placed = await rig.request({ methodId });
      const { reference } = await book(methodId, placed);
      const amount = { value: "149000.00", currency: "IDR" };
      const wrong = { originalPartnerReferenceNo: "no id of ours", latestTransactionStatus: "00", amount };
      expect(await forge(methodId, placed, wrong)).toMatch(/^404\d\d01$/);
      const dollars = { originalReferenceNo: `${reference}-usd`, amount: { ...amount, currency: "USD" } };
      expect(await forge(methodId, placed, { ...wrong, ...dollars })).toMatch(/^404\d\d01$/);
      expect(await postedFor(reference)).toEqual([]);
      expect(await postedFor(`${reference}-usd`)).toEqual([]);
    });
  });

  test("another sum on a virtual account that nobody told of stays in suspense and waits for a person", async () => {
    const placed = await rig.request({ methodId: virtualAccount });
    await pay(virtualAccount, placed, { amount: "100.00", silent: true, skipInquiry: true });
    await rig.expire(placed);
    await rig.until(placed, "EXPIRED");
    expect(await errorOf(placed)).toMatch(/10000 minor units IDR.*no call that sends it back/);
    const { clearing, suspense } = accountsOf(virtualAccount);
    expect(await rig.balances(placed)).toEqual({ [clearing]: "10000", [suspense]: "-10000" });
    expect(await rig.events(placed)).toEqual(["asked", "payable", "money-held", "expired", "needs-person"]);
  });

  describe.each(methodsUnderTest)("a cancel by $methodId", ({ methodId, cancel: operation, cancelRefusal }) => {
    const startLate = async (placed: Placed, input: Record<string, string>) => {
      await rig.pool.query("UPDATE payment SET expires_at = now() - interval '1 second' WHERE id = $1", [
        placed.paymentId,
      ]);
      await rig.start("expire-payment", placed, input);
    };

    test("that is refused as paid leads to another query, even after five tries, and the payment is found paid", async () => {
      const placed = await rig.request({ methodId });
      const refusal = { operation, behaviour: "refuse", responseCode: cancelRefusal("paid") };
      await controlOf(methodId).behave(refusal);
      await startLate(placed, { attempt: "5" });
      await eventually(async () => {
        const { rows } = await rig.pool.query(
          "SELECT 1 FROM durable.workflow_status WHERE status = 'SUCCESS' AND workflow_uuid LIKE 'expire-payment:' || $1 || '%'",
          [placed.paymentId],
        );
        return rows[0];
      }, "the first try");
      expect((await rig.load(placed)).status).toBe("AWAITING_PAYMENT");
      await pay(methodId, placed, { silent: true, force: true, skipInquiry: true });
      await rig.start("expire-payment", placed, { attempt: "6" });
      const paid = await rig.until(placed, "PAID", "EXPIRED");
      expect(paid.status).toBe("PAID");
    });

    test("that is refused for another reason closes the payment at its fifth refusal, not at its fifth try", async () => {
      const placed = await rig.request({ methodId });
      const refusal = { operation, behaviour: "refuse", responseCode: cancelRefusal("other"), times: 2 };
      await controlOf(methodId).behave(refusal);
      await startLate(placed, { attempt: "1", refusedCancels: "3" });
      await rig.until(placed, "EXPIRED");
    });
  });
});
