import { describe, expect, test } from "@jest/globals";
import { type ChargeFact, check, type Facts } from "./check.ts";

const price = 4_500_000n;
const capturedAt = (provider: string, sum: bigint) => [`provider_clearing:${provider}`, sum] as const;

type Payment = Facts["payments"][number];
type Order = Facts["orders"][number];

function payment(name: string, status: string, more: Partial<Payment> = {}): Payment {
  const rest = { provider: "kantong", amountMinor: price, replacedById: null, needsPerson: false };
  return { id: `pay-${name}`, buyerId: `buyer-${name}`, status, ...rest, ...more };
}

function order(name: string, status: string, more: Partial<Order> = {}): Order {
  const isBought = status === "CONFIRMED";
  const rest = { totalMinor: price, paidEvents: isBought ? 1 : 0, escrowMinor: isBought ? price : 0n };
  return { id: `order-${name}`, paymentId: `pay-${name}`, status, ...rest, ...more };
}

function charge(name: string, takenMinor: readonly bigint[], refundedMinor = 0n): ChargeFact {
  const status = takenMinor.length > 0 ? "paid" : "open";
  return {
    provider: "kantong",
    reference: `charge-${name}`,
    paymentId: `pay-${name}`,
    status,
    takenMinor,
    refundedMinor,
  };
}

const checkout = (n: number, name: string, answer: "success" | "refused" = "success") => ({
  n,
  buyerId: `buyer-${name}`,
  answer,
  paymentId: answer === "success" ? `pay-${name}` : null,
  wasToldPaid: name === "bought",
  cancelledOrders: name === "returned" ? ["order-returned"] : [],
});

/**
 * Right books: one bought, one that ran out, one cancelled and sent back, one paid late and left to a person, one refused.
 */
const right: Facts = {
  checkouts: [
    checkout(0, "bought"),
    checkout(1, "expired"),
    checkout(2, "returned"),
    checkout(3, "late"),
    checkout(4, "nobody", "refused"),
  ],
  charges: [
    charge("bought", [price]),
    charge("expired", []),
    charge("returned", [price], price),
    charge("late", [price]),
  ],
  payments: [
    payment("bought", "PAID"),
    payment("expired", "EXPIRED"),
    payment("returned", "REFUNDED"),
    payment("late", "EXPIRED", { needsPerson: true }),
  ],
  orders: [
    order("bought", "CONFIRMED"),
    order("expired", "CANCELLED"),
    order("returned", "CANCELLED", { paidEvents: 1 }),
    order("late", "CANCELLED"),
  ],
  lines: ["bought", "expired", "returned", "late"].map((name) => ({
    orderId: `order-${name}`,
    variantId: "cloth",
    quantity: 2,
  })),
  reservations: [
    { orderId: "order-bought", variantId: "cloth", quantity: 2, state: "COMMITTED" },
    { orderId: "order-expired", variantId: "cloth", quantity: 2, state: "RELEASED" },
    { orderId: "order-returned", variantId: "cloth", quantity: 2, state: "RETURNED" },
    { orderId: "order-late", variantId: "cloth", quantity: 2, state: "RELEASED" },
  ],
  refunds: [{ paymentId: "pay-returned", orderId: "order-returned", amountMinor: price, state: "DONE" }],
  keys: ["bought", "expired", "returned", "late"].map((name) => ({
    buyerId: `buyer-${name}`,
    paymentId: `pay-${name}`,
  })),
  stock: [{ variantId: "cloth", productId: "cloth-all", initial: 10, onHand: 8, reserved: 0 }],
  balances: new Map([
    capturedAt("kantong", 2n * price),
    ["buyer_escrow:order-bought", -price],
    ["suspense:kantong", -price],
    ["refund_payable", 0n],
  ]),
  unbalancedTransactions: [],
  standings: [{ productId: "cloth-all", soldCount: 2, isAvailable: null }],
  unfinished: [],
};

const brokenRules = (changes: Partial<Facts>): string[] => [
  ...new Set(check({ ...right, ...changes }).map(({ rule }) => rule)),
];

const once = "the providers have taken each price at most once";
const sameBooks = "the ledger says what the providers' books say";
const oneResult = "each key has one result, none is lost";
const finalState = "each checkout is in one final state";
const stockRule = "stock is conserved, nothing is oversold";
const shownRight = "the storefront shows what is sold and what is left";
const balanced = "the ledger is balanced";

describe("the check of a storm", () => {
  test("finds nothing in books that are right", () => {
    expect(check(right)).toEqual([]);
  });

  test.each<[string, Partial<Facts>, string[]]>([
    ["a charge that is missing", { charges: right.charges.slice(1) }, [once, sameBooks]],
    [
      "a charge that was taken twice",
      { charges: [charge("bought", [price, price]), ...right.charges.slice(1)] },
      [once, sameBooks],
    ],
    [
      "a second charge of the same price",
      { charges: [...right.charges, charge("bought", [price])] },
      [once, sameBooks],
    ],
    ["money of no payment", { charges: [...right.charges, charge("stranger", [100n])] }, [once, sameBooks]],
    [
      "a refund that was sent twice",
      {
        charges: right.charges.map((one) =>
          one.paymentId === "pay-returned" ? charge("returned", [price], 2n * price) : one,
        ),
      },
      [once, sameBooks],
    ],
    [
      "late money that nobody looks after",
      { payments: right.payments.map((one) => ({ ...one, needsPerson: false })) },
      [once],
    ],
    [
      "late money that is not in suspense",
      { balances: new Map([...right.balances, ["suspense:kantong", 0n]]) },
      [sameBooks, balanced],
    ],
    [
      "a leg of the ledger that is off",
      { balances: new Map([...right.balances, capturedAt("kantong", price)]) },
      [sameBooks, balanced],
    ],
    ["a transaction that does not sum to zero", { unbalancedTransactions: ["one"] }, [balanced]],
    [
      "escrow of an order that was not paid",
      { orders: right.orders.map((one) => (one.id === "order-expired" ? { ...one, escrowMinor: 1n } : one)) },
      [balanced],
    ],
    [
      "a piece that is gone",
      { stock: [{ variantId: "cloth", productId: "cloth-all", initial: 10, onHand: 7, reserved: 0 }] },
      [stockRule],
    ],
    [
      "a piece that is still reserved",
      { stock: [{ variantId: "cloth", productId: "cloth-all", initial: 10, onHand: 8, reserved: 2 }] },
      [stockRule],
    ],
    [
      "more sold than there was",
      { stock: [{ variantId: "cloth", productId: "cloth-all", initial: 1, onHand: -1, reserved: 0 }] },
      [stockRule],
    ],
    [
      "a payment that waits for ever",
      { payments: [...right.payments.slice(1), payment("bought", "UNKNOWN")] },
      [finalState, once, sameBooks, "buyers were told the truth"],
    ],
    [
      "an order that is confirmed without its payment",
      { orders: right.orders.map((one) => (one.id === "order-expired" ? order("expired", "CONFIRMED") : one)) },
      [finalState, stockRule],
    ],
    [
      "two payments for one key",
      {
        payments: [...right.payments, payment("second", "EXPIRED", { buyerId: "buyer-expired" })],
        orders: [...right.orders, order("second", "CANCELLED")],
      },
      [oneResult],
    ],
    [
      "a checkout that is lost",
      {
        payments: right.payments.filter(({ id }) => id !== "pay-expired"),
        orders: right.orders.filter(({ id }) => id !== "order-expired"),
      },
      [oneResult],
    ],
    [
      "a payment of a buyer who was refused",
      {
        payments: [...right.payments, payment("nobody", "EXPIRED")],
        orders: [...right.orders, order("nobody", "CANCELLED")],
      },
      [oneResult],
    ],
    [
      "a key that is kept twice",
      { keys: [...right.keys, { buyerId: "buyer-late", paymentId: "pay-late" }] },
      [oneResult],
    ],
    [
      "an order that was told as paid twice",
      { orders: right.orders.map((one) => ({ ...one, paidEvents: one.paidEvents * 2 })) },
      ["the storefront is told once of each paid order"],
    ],
    [
      "an event that the storefront counted twice",
      { standings: [{ productId: "cloth-all", soldCount: 4, isAvailable: null }] },
      [shownRight],
    ],
    ["sales that the storefront never heard of", { standings: [] }, [shownRight]],
    [
      "goods that the storefront shows as sold out and are not",
      { standings: [{ productId: "cloth-all", soldCount: 2, isAvailable: false }] },
      [shownRight],
    ],
    [
      "a run that is not over",
      { unfinished: ["1 runs of expire-payment are PENDING"] },
      ["everything unknown has converged"],
    ],
  ])("%s, reported under its rules", (_what, changes, expected) => {
    const broken = brokenRules(changes);
    for (const rule of expected) expect(broken).toContain(rule);
  });
});
