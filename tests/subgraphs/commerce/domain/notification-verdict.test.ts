import { describe, expect, test } from "@jest/globals";
import { findingOf } from "../../../../subgraphs/commerce/domain/actions/doubt-notification.ts";
import type { KeptNotification, Notification, Verdict } from "../../../../subgraphs/commerce/domain/notification.ts";
import {
  decidePayable,
  decideVerdict,
  hasConsequences,
} from "../../../../subgraphs/commerce/domain/notification-verdict.ts";
import type { Payment } from "../../../../subgraphs/commerce/domain/payment.ts";
import { type PaymentStatus, paymentStatuses } from "../../../../subgraphs/commerce/domain/payment-status.ts";

const expiresAt = new Date("2026-11-24T01:00:00Z");
const before = new Date("2026-11-24T00:59:59Z");
const after = new Date("2026-11-24T01:00:00Z");

const paymentIn = (status: PaymentStatus, providerReference: string | null = null): Payment => ({
  id: "p",
  buyerId: "b",
  status,
  methodId: "bank-cendana.qris",
  provider: "bank-cendana",
  amount: { amountMinor: 100n, currency: "IDR" },
  instructions: null,
  providerReference,
  virtualAccountNo: null,
  expiresAt,
  paidAt: null,
  createdAt: before,
});

const notified = (changes: Partial<Notification> = {}): Notification => ({
  provider: "bank-cendana",
  reference: "charge-1",
  providerStatus: "00",
  meaning: "paid",
  amount: { amountMinor: 100n, currency: "IDR" },
  money: "moved",
  rawBody: new Uint8Array(),
  ...changes,
});

describe("the verdict about a notification", () => {
  test.each<[PaymentStatus, Verdict]>([
    ["REQUESTED", "ACCEPTED"],
    ["AWAITING_PAYMENT", "ACCEPTED"],
    ["UNKNOWN", "ACCEPTED"],
    ["PAID", "ALREADY_PAID"],
    ["FAILED", "EXPIRED"],
    ["EXPIRED", "EXPIRED"],
    ["REFUNDING", "ALREADY_PAID"],
    ["REFUNDED", "ALREADY_PAID"],
  ])("money that came for a payment in %s is %s", (status, verdict) => {
    expect(decideVerdict(paymentIn(status), notified(), false, before)).toBe(verdict);
  });

  test("every status has a verdict, for money asked about and money moved, in time and late", () => {
    for (const status of paymentStatuses) {
      for (const money of ["asked", "moved"] as const) {
        for (const now of [before, after]) {
          const verdict = decideVerdict(paymentIn(status), notified({ money }), false, now);
          const isTaken = verdict === "ACCEPTED";
          const isPayable = ["REQUESTED", "AWAITING_PAYMENT", "UNKNOWN"].includes(status);
          expect(isTaken).toBe(isPayable && (money === "moved" || now === before));
        }
      }
    }
  });

  test("no payment is an unknown reference, whatever was paid", () => {
    expect(decideVerdict(null, notified(), false, before)).toBe("UNKNOWN_REFERENCE");
  });

  test("another sum or another currency is a mismatch, also when it is late", () => {
    const more = notified({ amount: { amountMinor: 101n, currency: "IDR" } });
    const dollars = notified({ amount: { amountMinor: 100n, currency: "USD" } });
    expect(decideVerdict(paymentIn("AWAITING_PAYMENT"), more, false, before)).toBe("AMOUNT_MISMATCH");
    expect(decideVerdict(paymentIn("AWAITING_PAYMENT"), dollars, false, before)).toBe("AMOUNT_MISMATCH");
    expect(decideVerdict(paymentIn("EXPIRED"), more, false, after)).toBe("AMOUNT_MISMATCH");
  });

  test("the very charge that a status query made paid is accepted again; another one is not", () => {
    expect(decideVerdict(paymentIn("PAID", "charge-1"), notified(), false, before)).toBe("ACCEPTED");
    expect(decideVerdict(paymentIn("PAID", "charge-2"), notified(), false, before)).toBe("ALREADY_PAID");
  });

  test("the charge that was paid and sent back in full since is accepted again, and booked no second time", () => {
    const refunded = { ...paymentIn("REFUNDED", "charge-1"), paidAt: before };
    expect(decideVerdict(refunded, notified(), false, before)).toBe("ACCEPTED");
    expect(decideVerdict(refunded, notified({ reference: "charge-2" }), false, before)).toBe("ALREADY_PAID");
    // Never paid: what was sent back was money too late.
    expect(decideVerdict(paymentIn("REFUNDED", "charge-1"), notified(), false, before)).toBe("ALREADY_PAID");
  });

  test("a second charge, while the first is accepted and not applied yet, is one too many", () => {
    expect(decideVerdict(paymentIn("AWAITING_PAYMENT"), notified(), true, before)).toBe("ALREADY_PAID");
  });

  test("what is not about money that came is noted", () => {
    expect(decideVerdict(paymentIn("PAID"), notified({ meaning: "failed" }), false, before)).toBe("NOTED");
    expect(decideVerdict(paymentIn("EXPIRED"), notified({ meaning: "unclear" }), false, after)).toBe("NOTED");
  });
});

describe("what the book says of a notification of a charge that was sent back in full", () => {
  const payment = { ...paymentIn("REFUNDED", "charge-1"), paidAt: before, orders: [] };
  const kept = (reference: string): KeptNotification => ({
    id: "n",
    provider: "bank-cendana",
    reference,
    providerStatus: "00",
    paymentId: "p",
    verdict: "ALREADY_PAID",
    amount: { amountMinor: 100n, currency: "IDR" },
    answer: { status: 200, body: {} },
    receivedAt: after,
    appliedAt: null,
  });

  test("bears it out or says that it is back: neither contradicts it; of another charge it does", () => {
    expect(findingOf(payment, kept("charge-1"), { kind: "refunded" })).toBe("another-sum");
    const paid = { kind: "paid", amount: payment.amount, providerReference: "charge-1", paidAt: before } as const;
    expect(findingOf(payment, kept("charge-1"), paid)).toBe("confirmed");
    expect(findingOf(payment, kept("charge-2"), { kind: "refunded" })).toBe("contradicted");
  });
});

describe("the consequences of a verdict", () => {
  test("money that moved has consequences even when it is refused; money asked about only when it is accepted", () => {
    for (const verdict of ["AMOUNT_MISMATCH", "EXPIRED", "ALREADY_PAID"] as const) {
      expect(hasConsequences(verdict, notified({ money: "moved" }))).toBe(true);
      expect(hasConsequences(verdict, notified({ money: "asked" }))).toBe(false);
    }
    expect(hasConsequences("ACCEPTED", notified({ money: "asked" }))).toBe(true);
    expect(hasConsequences("UNKNOWN_REFERENCE", notified())).toBe(false);
  });

  test("of what is noted only a failure is looked into", () => {
    expect(hasConsequences("NOTED", notified({ meaning: "failed" }))).toBe(true);
    expect(hasConsequences("NOTED", notified({ meaning: "unclear" }))).toBe(false);
  });
});

describe("the answer to a bank's inquiry", () => {
  test("an account is payable while its payment is and has not run out", () => {
    expect(decidePayable(paymentIn("AWAITING_PAYMENT"), before)).toBe("PAYABLE");
    expect(decidePayable(paymentIn("AWAITING_PAYMENT"), after)).toBe("EXPIRED");
    expect(decidePayable(paymentIn("FAILED"), before)).toBe("EXPIRED");
    expect(decidePayable(paymentIn("PAID"), before)).toBe("ALREADY_PAID");
    expect(decidePayable(null, before)).toBe("UNKNOWN_REFERENCE");
  });
});
