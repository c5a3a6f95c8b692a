import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { applyStatusAnswer } from "../../../../subgraphs/commerce/domain/actions/apply-status-answer.ts";
import type { StatusAnswer } from "../../../../subgraphs/commerce/domain/ports.ts";
import { createDurableWork } from "../../../../subgraphs/commerce/store/durable/start-in-tx.ts";
import { useDatabase } from "../../../support/databases.ts";
import { type CallbackRefusal, type MethodUnderTest, methodsUnderTest } from "./methods-under-test.ts";
import { eventually, openPaymentRig, type PaymentRig, type Placed } from "./payment-rig.ts";

const virtualAccount = "bank-cendana.virtual-account";
const qris = "bank-cendana.qris";
const wallet = "kantong.wallet";

/** A code of the request's service, as the control API names it. */
function codeOf({ requestRefusal }: MethodUnderTest, status: string): string {
  return requestRefusal.includes(" ") ? status : `${status}${requestRefusal.slice(3, 5)}00`;
}

describe("payments against the sandbox's providers", () => {
  const commerce = useDatabase("commerce", { rows: "none" });
  let rig: PaymentRig;

  const controlOf = (methodId: string) => rig.providers.of(methodId);
  const pay = (methodId: string, { paymentId }: Placed, options: object = {}) =>
    controlOf(methodId).post("pay", { partnerReferenceNo: paymentId, ...options });
  const book = (methodId: string, { paymentId }: Placed) => controlOf(methodId).charge(paymentId);
  const chargesAt = async (methodId: string): Promise<readonly { readonly partnerReferenceNo: string }[]> => {
    const answer = await fetch(`${controlOf(methodId).url}/control/book`);
    return ((await answer.json()) as { charges: { partnerReferenceNo: string }[] }).charges;
  };

  beforeAll(async () => {
    rig = await openPaymentRig(commerce.urls.runtime, true);
  }, 180_000);
  afterAll(async () => {
    await rig?.stop();
  });
  beforeEach(async () => {
    await rig.providers.resetAll();
  });

  describe.each(methodsUnderTest)("$methodId", (method) => {
    const { methodId, isAsked } = method;
    const clearing = `provider_clearing:${methodId.split(".")[0]}`;

    test("a payment that is asked for and paid confirms the order, takes the stock and is in escrow", async () => {
      const placed = await rig.request({ methodId });
      expect(await rig.load(placed)).toMatchObject({ status: "AWAITING_PAYMENT", instructions: expect.anything() });
      const report = await pay(methodId, placed);
      expect(report.answers.map((answer) => answer.httpStatus)).toEqual(isAsked ? [200, 200] : [200]);
      const paid = await rig.until(placed, "PAID");
      expect(paid.paidAt).not.toBeNull();
      expect(await rig.state(placed)).toEqual({ order: "CONFIRMED", reservation: "COMMITTED", onHand: 4, reserved: 0 });
      expect(await rig.balances(placed)).toEqual({ [clearing]: "14900000", "buyer_escrow:<order>": "-14900000" });
      expect(await rig.events(placed)).toEqual(["asked", "payable", "paid"]);
    });

    test("a payment that is told ten times at once is applied once, and each time answered alike", async () => {
      const placed = await rig.request({ methodId });
      const report = await pay(methodId, placed, { times: 10, concurrent: true, externalId: "fresh" });
      const codes = report.answers.map((answer) => answer.responseCode).slice(isAsked ? 1 : 0);
      expect(codes).toHaveLength(10);
      expect(new Set(codes).size).toBe(1);
      await rig.until(placed, "PAID");
      expect(await rig.balances(placed)).toEqual({ [clearing]: "14900000", "buyer_escrow:<order>": "-14900000" });
      const { rows } = await rig.pool.query("SELECT verdict FROM provider_notification WHERE payment_id = $1", [
        placed.paymentId,
      ]);
      expect(rows).toEqual([{ verdict: "ACCEPTED" }]);
    });

    test("a payment told again under the same number gets the first answer", async () => {
      const placed = await rig.request({ methodId });
      const report = await pay(methodId, placed, { times: 3, externalId: "same" });
      const bodies = report.answers.slice(isAsked ? 1 : 0).map((answer) => answer.body);
      expect(bodies).toHaveLength(3);
      expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBeLessThanOrEqual(2);
      for (const body of bodies) expect(body).toEqual(bodies[0]);
      await rig.until(placed, "PAID");
    });

    const forgeries: readonly [string, object, CallbackRefusal][] = [
      ["signed by somebody else", { signature: "wrong" }, "signature"],
      ["with garbage for a signature", { signature: "garbage" }, "signature"],
      ["without signature", { signature: "missing" }, "missing"],
      ["that is an hour old", { signature: "valid", timestamp: "2020-01-01T00:00:00+07:00" }, "stale"],
      ["that is no JSON", { signature: "valid", rawBody: "{" }, "malformed"],
      ["that lacks fields", { signature: "valid", rawBody: "{}" }, "fields"],
      ["with a NUL in a field", { signature: "valid", fields: { merchantId: "a\0b" } }, "malformed"],
      ["with half a character in a field", { signature: "valid", fields: { referenceNo: "\ud800" } }, "malformed"],
    ];
    const possible = forgeries.filter(([_what, _options, kind]) => method.refusal(kind) !== null);

    test.each(possible)("a notification %s is refused and changes nothing", async (_what, options, kind) => {
      const placed = await rig.request({ methodId });
      const forged = { partnerReferenceNo: placed.paymentId, operation: method.notify, ...options };
      const { answers } = await controlOf(methodId).post("forge", forged);
      expect(answers[0]?.responseCode).toMatch(method.refusal(kind) ?? /nothing/);
      expect((await rig.load(placed)).status).toBe("AWAITING_PAYMENT");
      const { rows } = await rig.pool.query("SELECT 1 FROM provider_notification WHERE payment_id = $1", [
        placed.paymentId,
      ]);
      expect(rows).toEqual([]);
    });

    test("a payment of another sum is refused and never makes the order paid", async () => {
      const placed = await rig.request({ methodId });
      const report = await pay(methodId, placed, { amount: "100.00", skipInquiry: true });
      expect(report.answers[0]?.responseCode).toMatch(method.refusal("amount") ?? /nothing/);
      expect((await rig.load(placed)).status).toBe("AWAITING_PAYMENT");
      if (isAsked) {
        expect(report.outcome).toBe("returned");
        expect(await rig.balances(placed)).toEqual({});
      } else {
        await eventually(
          async () => ((await rig.events(placed)).includes("amount-mismatch") ? true : undefined),
          "the mismatch is noted",
        );
        const suspense = `suspense:${methodId.split(".")[0]}`;
        expect(await rig.balances(placed)).toEqual({ [clearing]: "10000", [suspense]: "-10000" });
      }
    });

    test("a provider that charges and does not answer leaves UNKNOWN, which a status query settles under the same reference", async () => {
      await controlOf(methodId).behave({ operation: method.request, behaviour: "silent", work: true });
      const placed = await rig.request({ methodId });
      expect((await rig.load(placed)).status).toBe("UNKNOWN");
      const payment = await rig.until(placed, "AWAITING_PAYMENT");
      expect(payment.instructions).not.toBeNull();
      await pay(methodId, placed);
      await rig.until(placed, "PAID");
      expect((await book(methodId, placed)).payments).toHaveLength(1);
    });

    test.each([
      ["drops the connection before doing anything", { behaviour: "drop", work: false }],
      ["says 202", { behaviour: "in-progress", work: true }],
      ["says 500 and did it", { behaviour: "fail", work: true }],
      ["says 500 and did nothing", { behaviour: "fail", work: false }],
      ["says 504 and did it", { behaviour: "fail", work: true, responseCode: codeOf(method, "504") }],
    ])(
      "a provider that %s converges to a payable payment, which is one charge under the first reference",
      async (_what, behaviour) => {
        const before = await chargesAt(methodId);
        await controlOf(methodId).behave({ operation: method.request, ...behaviour });
        const placed = await rig.request({ methodId });
        expect((await rig.load(placed)).status).toBe("UNKNOWN");
        await rig.start("settle-payment-request", placed);
        await rig.until(placed, "AWAITING_PAYMENT");
        const charges = (await chargesAt(methodId)).slice(before.length);
        expect(charges.map(({ partnerReferenceNo }) => partnerReferenceNo)).toEqual([placed.paymentId]);
      },
    );

    test("a payment that the provider took and never told of is found by asking when it runs out", async () => {
      const placed = await rig.request({ methodId });
      await pay(methodId, placed, { silent: true });
      await rig.expire(placed);
      const paid = await rig.until(placed, "PAID", "EXPIRED");
      expect(paid.status).toBe("PAID");
      expect((await rig.state(placed)).order).toBe("CONFIRMED");
    });

    test("a payment that nobody pays expires: cancelled at the provider, stock given back", async () => {
      const placed = await rig.request({ methodId });
      await rig.expire(placed);
      await rig.until(placed, "EXPIRED");
      expect(await rig.state(placed)).toEqual({ order: "CANCELLED", reservation: "RELEASED", onHand: 5, reserved: 0 });
      expect((await book(methodId, placed)).status).toMatch(/cancelled|expired/);
    });

    test("a provider that does not answer when it is asked at expiry is asked again, and the payment waits", async () => {
      await controlOf(methodId).behave({ operation: method.status, behaviour: "fail", times: 1 });
      const placed = await rig.request({ methodId });
      await pay(methodId, placed, { silent: true });
      await rig.expire(placed);
      const paid = await rig.until(placed, "PAID", "EXPIRED");
      expect(paid.status).toBe("PAID");
    });

    test("a request that the provider refuses for good fails the payment and gives the stock back", async () => {
      const refusal = { behaviour: "refuse", responseCode: method.requestRefusal };
      await controlOf(methodId).behave({ operation: method.request, ...refusal });
      const placed = await rig.request({ methodId });
      expect((await rig.load(placed)).status).toBe("FAILED");
      expect(await rig.state(placed)).toEqual({ order: "CANCELLED", reservation: "RELEASED", onHand: 5, reserved: 0 });
    });
  });

  test.each([
    [virtualAccount, "va-payment", "paidAmount", "4002501"],
    [qris, "qr-notify", "amount", "4005201"],
    [wallet, "wallet-notify", "amount", "4005601"],
  ])("%s, money of no amount at all, is malformed", async (methodId, operation, field, code) => {
    const placed = await rig.request({ methodId });
    const fields = { [field]: { value: "0.00", currency: "IDR" } };
    const message = { partnerReferenceNo: placed.paymentId, operation, signature: "valid", fields };
    expect((await controlOf(methodId).post("forge", message)).answers[0]?.responseCode).toBe(code);
  });

  describe("a virtual account", () => {
    test("an inquiry names the sum while the payment is payable; after expiry it is refused with 4042419 and no money moves", async () => {
      const placed = await rig.request({ methodId: virtualAccount });
      await rig.expire(placed);
      await rig.until(placed, "EXPIRED");
      const report = await pay(virtualAccount, placed, { force: true });
      expect(report).toMatchObject({ outcome: "refused", answers: [{ responseCode: "4042419" }] });
      const again = await pay(virtualAccount, placed, { force: true, skipInquiry: true });
      expect(again).toMatchObject({ outcome: "returned", answers: [{ responseCode: "4042519" }] });
      expect(await rig.balances(placed)).toEqual({});
    });

    test("a second payment of a paid account is refused with 4042514 and returned", async () => {
      const placed = await rig.request({ methodId: virtualAccount });
      await pay(virtualAccount, placed);
      const report = await pay(virtualAccount, placed, { force: true, skipInquiry: true });
      expect(report).toMatchObject({ outcome: "returned", answers: [{ responseCode: "4042514" }] });
      await rig.until(placed, "PAID");
      expect((await pay(virtualAccount, placed, { force: true })).answers[0]?.responseCode).toBe("4042414");
    });

    test.each([virtualAccount, "bank-meranti.virtual-account"])(
      "money on an account of %s that was opened without an answer is accepted, not sent back: it pays for the order",
      async (methodId) => {
        await controlOf(methodId).behave({ operation: "create-va", behaviour: "silent" });
        await controlOf(methodId).behave({ operation: "va-status", behaviour: "fail", work: false });
        const placed = await rig.request({ methodId });
        expect(await rig.load(placed)).toMatchObject({ status: "UNKNOWN", virtualAccountNo: null });
        const report = await pay(methodId, placed, { skipInquiry: true });
        expect(report.outcome).toBe("paid");
        await rig.until(placed, "PAID");
        expect(await book(methodId, placed)).toMatchObject({ payments: [{ returned: false }] });
      },
    );

    const wordOf = async ({ paymentId }: Placed, amountMinor: bigint): Promise<StatusAnswer> => {
      const { payments } = await rig.providers.bank.charge(paymentId);
      const [{ paymentRequestId }] = payments as [{ paymentRequestId: string }];
      const amount = { amountMinor, currency: "IDR" };
      return { kind: "paid", amount, providerReference: paymentRequestId, paidAt: new Date() };
    };
    const apply = ({ paymentId }: Placed, answer: StatusAnswer) =>
      rig.transactions.runInTransaction((tx) =>
        applyStatusAnswer(
          createDurableWork(() => new Date()),
          tx,
          paymentId,
          answer,
          new Date(),
        ),
      );

    test("a charge that was refused, which an answer from before calls paid, pays for nothing: the bank gives it back", async () => {
      const placed = await rig.request({ methodId: virtualAccount, ttlSeconds: 1 });
      await eventually(async () => ((await rig.load(placed)).expiresAt < new Date() ? true : undefined), "its end");
      const report = await pay(virtualAccount, placed, { force: true, skipInquiry: true });
      expect(report).toMatchObject({ outcome: "returned", answers: [{ responseCode: "4042519" }] });
      expect(await apply(placed, await wordOf(placed, 14_900_000n))).toBe("refused");
      expect((await rig.load(placed)).status).toBe("AWAITING_PAYMENT");
      await rig.expire(placed);
      await rig.until(placed, "EXPIRED");
      expect(await rig.balances(placed)).toEqual({});
    });

    test("another sum that is in suspense and is refused after that, is in suspense no more", async () => {
      const placed = await rig.request({ methodId: virtualAccount });
      await pay(virtualAccount, placed, { amount: "1.00", delayMs: 1_500 });
      expect(await apply(placed, await wordOf(placed, 100n))).toBe("open");
      expect(await rig.balances(placed)).toMatchObject({ "suspense:bank-cendana": "-100" });
      await eventually(
        async () => ((await rig.events(placed)).includes("charge-refused") ? true : undefined),
        "the call is refused",
      );
      expect(await rig.balances(placed)).toEqual({});
    });

    test("an account nobody was given is answered 4042412", async () => {
      const placed = await rig.request({ methodId: virtualAccount });
      const fields = { customerNo: "1", virtualAccountNo: "   881231" };
      const forge = { partnerReferenceNo: placed.paymentId, signature: "valid", fields };
      for (const [operation, code] of [
        ["va-inquiry", "4042412"],
        ["va-payment", "4042512"],
      ]) {
        const { answers } = await rig.providers.bank.post("forge", { ...forge, operation });
        expect(answers[0]?.responseCode).toBe(code);
      }
    });

    test("another payment under a used X-EXTERNAL-ID is a conflict; a repetition with flagAdvise=Y is the first result", async () => {
      const placed = await rig.request({ methodId: virtualAccount });
      const message = {
        partnerReferenceNo: placed.paymentId,
        operation: "va-payment",
        signature: "valid",
        externalId: "202611240000000000001",
      };
      const send = async (fields: object) =>
        (await rig.providers.bank.post("forge", { ...message, fields })).answers[0];
      const first = await send({ paymentRequestId: "request-1" });
      expect(first?.responseCode).toBe("2002500");
      const advised = await send({ paymentRequestId: "request-1", flagAdvise: "Y" });
      expect(advised?.body).toEqual(first?.body);
      expect((await send({ paymentRequestId: "request-2" }))?.responseCode).toBe("4092500");
    });

    test("an access token that is not ours is answered 4012501", async () => {
      const placed = await rig.request({ methodId: virtualAccount });
      const forged = {
        partnerReferenceNo: placed.paymentId,
        operation: "va-payment",
        signature: "valid",
        accessToken: "mine",
      };
      expect((await rig.providers.bank.post("forge", forged)).answers[0]?.responseCode).toBe("4012501");
    });
  });

  test("a failure that the wallet reports is believed when its status says so, and frees the stock", async () => {
    const placed = await rig.request({ methodId: wallet });
    await rig.providers.kantong.post("move", { partnerReferenceNo: placed.paymentId, to: "failed", notify: true });
    await rig.until(placed, "FAILED");
    expect(await rig.state(placed)).toEqual({ order: "CANCELLED", reservation: "RELEASED", onHand: 5, reserved: 0 });
  });

  test("another message under a used X-EXTERNAL-ID is a conflict, for QRIS and wallets too", async () => {
    for (const [methodId, operation, code] of [
      [qris, "qr-notify", "4095200"],
      [wallet, "wallet-notify", "4095600"],
      ["lumbung.wallet", "wallet-notify", "4095600"],
    ] as const) {
      const placed = await rig.request({ methodId });
      const message = { partnerReferenceNo: placed.paymentId, operation, signature: "valid", externalId: "77" };
      const pending = { ...message, fields: { latestTransactionStatus: "03" } };
      expect((await controlOf(methodId).post("forge", pending)).answers[0]?.httpStatus).toBe(200);
      expect((await controlOf(methodId).post("forge", message)).answers[0]?.responseCode).toBe(code);
      expect((await rig.load(placed)).status).toBe("AWAITING_PAYMENT");
    }
  });

  test("a notification about a payment that is not ours is answered 404xx01 and kept as evidence", async () => {
    for (const reference of ["0195e0a0-0000-7000-8000-000000000000", "no id of ours"]) {
      const placed = await rig.request({ methodId: wallet });
      const fields = { originalPartnerReferenceNo: reference, originalReferenceNo: `of ${reference}` };
      const forged = { partnerReferenceNo: placed.paymentId, operation: "wallet-notify", signature: "valid", fields };
      expect((await rig.providers.kantong.post("forge", forged)).answers[0]?.responseCode).toBe("4045601");
      const { rows } = await rig.pool.query("SELECT verdict FROM provider_notification WHERE reference = $1", [
        fields.originalReferenceNo,
      ]);
      expect(rows).toEqual([{ verdict: "UNKNOWN_REFERENCE" }]);
    }
  });

  test("a payment that is requested twice at once is asked for once", async () => {
    const placed = await rig.place({ methodId: qris });
    await Promise.all([1, 2, 3, 4].map(() => rig.payments.requests.request(placed.paymentId)));
    expect(await rig.events(placed)).toEqual(["asked", "payable"]);
  });
});
