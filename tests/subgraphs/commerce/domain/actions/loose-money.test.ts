/** Money that pays for nothing: told again after it was sent back, of nobody, or with no way back. */
import { describe, expect, test } from "@jest/globals";
import { newId } from "../../../../../platform/runtime/ids.ts";
import { receiveNotification } from "../../../../../subgraphs/commerce/domain/actions/receive-notification.ts";
import { createRefundLateMoney } from "../../../../../subgraphs/commerce/domain/actions/refund-late-money.ts";
import { recordRequestOutcome } from "../../../../../subgraphs/commerce/domain/actions/request-payment.ts";
import { cancelUnpaidOrders } from "../../../../../subgraphs/commerce/domain/actions/settle-payment.ts";
import { refuseCharge, takeCharge } from "../../../../../subgraphs/commerce/domain/actions/take-charge.ts";
import { chargeCause } from "../../../../../subgraphs/commerce/domain/ledger/movements.ts";
import type { Notification } from "../../../../../subgraphs/commerce/domain/notification.ts";
import type { LockedPayment } from "../../../../../subgraphs/commerce/domain/payment.ts";
import type { PaymentProvider, Transaction } from "../../../../../subgraphs/commerce/domain/ports.ts";
import { createNotificationInbox } from "../../../../../subgraphs/commerce/store/notification-inbox.ts";
import { buy, seededVariant, setStock } from "../../support/buyer-journey.ts";
import { directRun } from "../../support/paid-order.ts";
import { newKey, testMethod, useCommerce } from "../../support/test-commerce.ts";

const commerce = useCommerce();
const { provider } = testMethod;

async function sql(text: string, values: unknown[] = []) {
  return (await commerce().parts.database.pool.query(text, values)).rows;
}

async function placed(): Promise<string> {
  await setStock(commerce(), seededVariant(0), 50);
  return (await buy(commerce(), `buyer-${newKey()}`, seededVariant(0))).payment.id;
}

function locked<Value>(paymentId: string, work: (tx: Transaction, payment: LockedPayment) => Promise<Value>) {
  return commerce().parts.store.transactions.runInTransaction(async (tx) => {
    const payment = await tx.payments.lock(paymentId);
    if (payment === null) throw new Error("no such payment");
    return work(tx, payment);
  });
}

/** What the provider says of a charge of the whole sum, as a status query tells it. */
const told = (paymentId: string, reference: string) =>
  locked(paymentId, (tx, payment) => {
    const at = new Date();
    const charge = { reference, amount: payment.amount, paidAt: at, source: "status-query", mayConfirm: true } as const;
    return takeCharge(commerce().parts.work, tx, payment, charge, at);
  });

const postedFor = async (reference: string) =>
  (
    await sql("SELECT kind FROM ledger_transaction WHERE reference LIKE '%' || $1 ORDER BY posted_at, kind", [
      chargeCause(provider, reference),
    ])
  ).map(({ kind }) => kind);
const refundsOf = async (reference: string) =>
  (
    await sql("SELECT 1 FROM durable.workflow_status WHERE workflow_uuid = $1", [
      `refund-late-money:${chargeCause(provider, reference)}`,
    ])
  ).length;
const exceptionsOf = (reference: string) =>
  sql(
    `SELECT kind, owner, payment_id AS "paymentId", reported_minor::text AS minor, currency, closed_at IS NULL AS open, detail
     FROM money_exception WHERE reference = $1 ORDER BY kind`,
    [reference],
  );

describe("a charge that was paid and sent back in full", () => {
  test("told again as paid, by an answer that is old, books nothing and sends nothing back; another charge is sent back", async () => {
    const paymentId = await placed();
    const [reference, other] = [newKey(), newKey()];
    await told(paymentId, reference);
    await locked(paymentId, (tx) => tx.payments.moveStatus(paymentId, ["PAID"], "REFUNDED"));
    await told(paymentId, reference);
    expect([await postedFor(reference), await refundsOf(reference)]).toEqual([[], 0]);
    await told(paymentId, other);
    expect([await postedFor(other), await refundsOf(other)]).toEqual([["late-money"], 1]);
  });

  test("is not taken for one whose name the payment had while another charge came too late and was sent back", async () => {
    const paymentId = await placed();
    const named = newKey();
    await sql("UPDATE payment SET provider_reference = $2 WHERE id = $1", [paymentId, named]);
    await locked(paymentId, async (tx, payment) => {
      const at = new Date();
      await cancelUnpaidOrders(tx, payment, { status: "EXPIRED", source: "timer", reason: "not paid in time", at });
      await tx.payments.moveStatus(paymentId, ["EXPIRED"], "REFUNDING");
      await tx.payments.moveStatus(paymentId, ["REFUNDING"], "REFUNDED");
    });
    await told(paymentId, named);
    expect([await postedFor(named), await refundsOf(named)]).toEqual([["late-money"], 1]);
  });
});

describe("money for a reference that is none of ours", () => {
  function receive(changes: Partial<Notification>): Promise<unknown> {
    const { work, clock, store } = commerce().parts;
    const { transactions } = store;
    const notification: Notification = {
      provider,
      reference: newKey(),
      providerStatus: "00",
      meaning: "paid",
      amount: { amountMinor: 5_000_000n, currency: "IDR" },
      money: "moved",
      rawBody: new Uint8Array([1]),
      ...changes,
    };
    const receiving = { transactions, inbox: createNotificationInbox(), work, clock, newId };
    const answer = () => ({ status: 404, body: {} });
    return transactions.runInTransaction((tx) => receiveNotification(receiving, tx, null, notification, answer));
  }

  test("has an owner from the moment it is told of, and none any more when a call names its payment", async () => {
    const reference = newKey();
    await receive({ reference });
    await receive({ reference });
    expect(await exceptionsOf(reference)).toEqual([
      {
        kind: "UNCLAIMED_MONEY",
        owner: "payment operations",
        paymentId: null,
        minor: "5000000",
        currency: "IDR",
        open: true,
        detail: expect.stringContaining(`suspense:${provider}`),
      },
    ]);
    await told(await placed(), reference);
    expect(await exceptionsOf(reference)).toMatchObject([{ open: false }]);
  });

  test("in another currency has an owner too, and is in no account; a failure, or what can be given back, has none", async () => {
    const dollars = newKey();
    await receive({ reference: dollars, amount: { amountMinor: 100n, currency: "USD" } });
    expect(await exceptionsOf(dollars)).toMatchObject([{ kind: "UNCLAIMED_MONEY", currency: "USD", open: true }]);
    expect(await postedFor(dollars)).toEqual([]);
    const [failed, asked] = [newKey(), newKey()];
    await receive({ reference: failed, meaning: "failed" });
    await receive({ reference: asked, money: "asked" });
    expect([await exceptionsOf(failed), await exceptionsOf(asked)]).toEqual([[], []]);
  });
});

describe("late money", () => {
  async function sendBack(changes: Partial<PaymentProvider>, input: Record<string, string> = {}): Promise<string> {
    const paymentId = await placed();
    const reference = newKey();
    const { work, clock, store } = commerce().parts;
    const { transactions } = store;
    const nothing = async () => ({ kind: "unknown", reason: "not scripted" }) as const;
    const bank: PaymentProvider = {
      id: provider,
      methods: [testMethod],
      requestPayment: nothing,
      queryStatus: nothing,
      cancel: nothing,
      canRefund: () => true,
      refund: nothing,
      ...changes,
    };
    const workflow = createRefundLateMoney({ transactions, work, providerOf: () => bank, clock });
    const owed = { paymentId, reference, amountMinor: "700000", currency: "IDR", ...input };
    await expect(workflow(directRun(commerce()), owed)).rejects.toThrow("700000 minor units");
    return reference;
  }

  test.each([
    ["that no call sends back", { canRefund: () => false }, {}, "no call that sends it back"],
    [
      "that the provider refuses to send back",
      { refund: async () => ({ kind: "refused", reason: "too old" }) as const },
      {},
      "it refuses to send it back: too old",
    ],
    ["that was booked with another sum", {}, { reason: "the charge was booked with another sum" }, "another sum"],
  ])("%s has an owner in the same transaction", async (_what, changes, input, detail) => {
    expect(await exceptionsOf(await sendBack(changes, input))).toMatchObject([
      {
        kind: "LATE_MONEY_BY_HAND",
        owner: "finance",
        minor: "700000",
        currency: "IDR",
        open: true,
        detail: expect.stringContaining(detail),
      },
    ]);
  });
});

describe("money that was held, short of the sum,", () => {
  async function heldOfUnknown(): Promise<{ readonly paymentId: string; readonly reference: string }> {
    const [paymentId, reference] = [await placed(), newKey()];
    await sql("UPDATE payment SET status = 'UNKNOWN' WHERE id = $1", [paymentId]);
    await locked(paymentId, async (tx, payment) => {
      const [at, amount] = [new Date(), { ...payment.amount, amountMinor: payment.amount.amountMinor - 100n }];
      const charge = { reference, amount, paidAt: at, source: "status-query", mayConfirm: true } as const;
      await takeCharge(commerce().parts.work, tx, payment, charge, at);
    });
    return { paymentId, reference };
  }
  const refuse = (paymentId: string, hasUnapplied: boolean) =>
    locked(paymentId, (tx) => {
      const recording = { work: commerce().parts.work, inbox: { hasUnapplied: async () => hasUnapplied } };
      return recordRequestOutcome(recording, tx, paymentId, { kind: "refused", reason: "no" }, new Date());
    });
  const statusOf = async (paymentId: string) =>
    (await sql("SELECT status::text FROM payment WHERE id = $1", [paymentId]))[0]?.status;

  test("is owed back when the provider refuses the request after all", async () => {
    const { paymentId, reference } = await heldOfUnknown();
    expect(await refuse(paymentId, false)).toBe(false);
    expect([await statusOf(paymentId), await refundsOf(reference)]).toEqual(["FAILED", 1]);
  });

  test("waits while a notification is to be applied: the provider is asked again instead", async () => {
    const { paymentId, reference } = await heldOfUnknown();
    expect(await refuse(paymentId, true)).toBe(true);
    expect([await statusOf(paymentId), await refundsOf(reference)]).toEqual(["UNKNOWN", 0]);
  });
});

describe("late money that the provider gives back because we do not take it", () => {
  const run = async (paymentId: string, reference: string) => {
    const { work, clock, store } = commerce().parts;
    const bank = { id: provider, canRefund: () => false } as unknown as PaymentProvider;
    const asking = { transactions: store.transactions, work, providerOf: () => bank, clock };
    const input = { paymentId, reference, amountMinor: "700000", currency: "IDR" };
    await createRefundLateMoney(asking)(directRun(commerce()), input);
  };
  async function cancelledAndTold() {
    const [paymentId, reference] = [await placed(), newKey()];
    await locked(paymentId, async (tx, payment) => {
      await cancelUnpaidOrders(tx, payment, { status: "FAILED", source: "timer", reason: "cancelled", at: new Date() });
      await tx.payments.appendEvent({ paymentId, kind: "voided", source: "buyer", detail: {} }, new Date());
    });
    await told(paymentId, reference);
    const refuse = () => locked(paymentId, (tx, payment) => refuseCharge(tx, payment, reference, "FAILED", new Date()));
    return { paymentId, reference, refuse };
  }

  test("is nobody's to pay back when that is known before its run begins", async () => {
    const { paymentId, reference, refuse } = await cancelledAndTold();
    await refuse();
    await run(paymentId, reference);
    expect(await exceptionsOf(reference)).toEqual([]);
  });

  test("is nobody's any more when it was somebody's; until then no program can close that", async () => {
    const { paymentId, reference, refuse } = await cancelledAndTold();
    await expect(run(paymentId, reference)).rejects.toThrow("stands in suspense");
    const close = "SELECT settle_money_exception($1, 'LATE_MONEY_BY_HAND', $2, 'never mind')";
    await expect(sql(close, [provider, reference])).rejects.toThrow("closed by a person");
    expect(await exceptionsOf(reference)).toMatchObject([{ open: true }]);
    await refuse();
    expect(await exceptionsOf(reference)).toMatchObject([{ open: false }]);
  });
});
