import { beforeEach, describe, expect, test } from "@jest/globals";
import {
  cancelUnpaidOrders,
  confirmPaidOrders,
  honourLatePayment,
  type PaidOutcome,
  type UnpaidOutcome,
} from "../../../../../subgraphs/commerce/domain/actions/settle-payment.ts";
import { accounts, lateMoney } from "../../../../../subgraphs/commerce/domain/ledger/movements.ts";
import type { LockedPayment } from "../../../../../subgraphs/commerce/domain/payment.ts";
import type { Transaction } from "../../../../../subgraphs/commerce/domain/ports.ts";
import { rounds } from "../../../../support/rounds.ts";
import { buy, checkOut, putIntoCart, seededVariant, setStock, stockOf } from "../../support/buyer-journey.ts";
import { newKey, useCommerce } from "../../support/test-commerce.ts";

const commerce = useCommerce();
const batik = seededVariant(0);
const hijab = seededVariant(1);
const at = new Date("2026-11-24T03:15:00.000Z");
const paid: PaidOutcome = { source: "notification", providerReference: "REF-1", paidAt: at, at };
const expired: UnpaidOutcome = { status: "EXPIRED", source: "timer", reason: "not paid in time", at };

let buyer: string;

beforeEach(async () => {
  buyer = `buyer-${newKey()}`;
  for (const variant of [batik, hijab]) await setStock(commerce(), variant, 20);
});

function settle<Value>(
  paymentId: string,
  action: (tx: Transaction, payment: LockedPayment) => Promise<Value>,
): Promise<Value> {
  return commerce().parts.store.transactions.runInTransaction(async (tx) => {
    const payment = await tx.payments.lock(paymentId);
    if (payment === null) throw new Error("no such payment");
    return action(tx, payment);
  });
}

const confirm = (paymentId: string) => settle(paymentId, (tx, payment) => confirmPaidOrders(tx, payment, paid));
const cancel = (paymentId: string) => settle(paymentId, (tx, payment) => cancelUnpaidOrders(tx, payment, expired));
const honour = (paymentId: string) => settle(paymentId, (tx, payment) => honourLatePayment(tx, payment, paid));

async function shown(orderId: string) {
  const { order } = await (await commerce().client(buyer)).data<{
    order: { status: string; payment: { status: string; paidAt: string | null } };
  }>("query ($id: ID!) { order(id: $id) { status payment { status paidAt } } }", { id: orderId });
  return order;
}

async function eventsOf(paymentId: string): Promise<string[]> {
  return settle(paymentId, async (tx) => (await tx.payments.events(paymentId)).map((event) => event.kind));
}

test("paid orders, of two shops, are confirmed: stock leaves, escrow has each total, the ledger agrees", async () => {
  await putIntoCart(commerce(), buyer, batik, 2);
  await putIntoCart(commerce(), buyer, hijab, 3);
  const { orders, payment } = await checkOut(commerce(), buyer);
  expect(await confirm(payment.id)).toBe(true);
  expect(await stockOf(commerce(), batik)).toEqual({ on_hand: 18, reserved: 0 });
  expect(await stockOf(commerce(), hijab)).toEqual({ on_hand: 17, reserved: 0 });
  const balances = await commerce().parts.store.ledger.balances(orders.map((order) => accounts.buyerEscrow(order.id)));
  for (const order of orders) {
    expect(balances.get(accounts.buyerEscrow(order.id))).toBe(-BigInt(order.total.amount.replace(".", "")));
    expect(await shown(order.id)).toEqual({
      status: "CONFIRMED",
      payment: { status: "PAID", paidAt: "2026-11-24T03:15:00.000Z" },
    });
  }
  expect(await eventsOf(payment.id)).toEqual(["requested", "asked", "payable", "paid"]);
  expect(await commerce().parts.store.ledger.audit()).toMatchObject({
    unbalancedTransactions: [],
    isSumZero: true,
    escrowMismatches: [],
    overdrawnAccounts: [],
    strayAccounts: [],
  });
});

test("unpaid orders that expire are cancelled and give their stock back, without any posting", async () => {
  const { orders, payment } = await buy(commerce(), buyer, batik, 4);
  expect(await cancel(payment.id)).toBe(true);
  expect(await stockOf(commerce(), batik)).toEqual({ on_hand: 20, reserved: 0 });
  expect(await shown(orders[0]?.id ?? "")).toEqual({
    status: "CANCELLED",
    payment: { status: "EXPIRED", paidAt: null },
  });
  const escrow = accounts.buyerEscrow(orders[0]?.id ?? "");
  expect((await commerce().parts.store.ledger.balances([escrow])).get(escrow)).toBe(0n);
});

describe("the row decides", () => {
  test("between twenty confirmations at once: one moves stock and money", async () => {
    const { orders, payment } = await buy(commerce(), buyer, batik, 2);
    const results = await Promise.all(Array.from({ length: 20 }, () => confirm(payment.id)));
    expect(results.filter((isMoved) => isMoved)).toHaveLength(1);
    expect(await stockOf(commerce(), batik)).toEqual({ on_hand: 18, reserved: 0 });
    const escrow = accounts.buyerEscrow(orders[0]?.id ?? "");
    expect(-((await commerce().parts.store.ledger.balances([escrow])).get(escrow) ?? 0n)).toBe(
      BigInt(payment.amount.amount.replace(".", "")),
    );
  });

  const races = rounds(8, 30);
  test(`between payment and expiry at once, ${races} times: one of them, never both or neither`, async () => {
    for (let round = 0; round < races; round += 1) {
      await setStock(commerce(), batik, 5);
      const { orders, payment } = await buy(commerce(), buyer, batik, 2);
      const [isPaid, isExpired] = await Promise.all([confirm(payment.id), cancel(payment.id)]);
      expect([isPaid, isExpired].filter((isMoved) => isMoved)).toHaveLength(1);
      expect((await shown(orders[0]?.id ?? "")).status).toBe(isPaid ? "CONFIRMED" : "CANCELLED");
      expect(await stockOf(commerce(), batik)).toEqual({ on_hand: isPaid ? 3 : 5, reserved: 0 });
    }
    expect((await commerce().parts.store.ledger.audit()).escrowMismatches).toEqual([]);
  });

  test("after expiry, a payment is not confirmed as if it were in time", async () => {
    const { payment } = await buy(commerce(), buyer, batik);
    await cancel(payment.id);
    expect(await confirm(payment.id)).toBe(false);
  });
});

describe("late money", () => {
  async function expireThenPay(quantity: number) {
    const bought = await buy(commerce(), buyer, batik, quantity);
    await cancel(bought.payment.id);
    await settle(bought.payment.id, (tx, payment) =>
      tx.ledger.post(lateMoney(payment.provider, `late ${payment.id}`, payment.amount), at),
    );
    return bought;
  }

  test("with the stock still there, is honoured out of suspense", async () => {
    const suspense = accounts.suspense("bank-uji");
    const before = (await commerce().parts.store.ledger.balances([suspense])).get(suspense);
    const { orders, payment } = await expireThenPay(3);
    expect(await honour(payment.id)).toBe("honoured");
    expect(await stockOf(commerce(), batik)).toEqual({ on_hand: 17, reserved: 0 });
    expect((await shown(orders[0]?.id ?? "")).status).toBe("CONFIRMED");
    expect((await commerce().parts.store.ledger.balances([suspense])).get(suspense)).toBe(before);
    expect((await commerce().parts.store.ledger.audit()).escrowMismatches).toEqual([]);
    expect(await honour(payment.id)).toBe("not-late");
  });

  test("with the stock sold meanwhile, changes nothing", async () => {
    const { orders, payment } = await expireThenPay(3);
    await setStock(commerce(), batik, 10, 8);
    expect(await honour(payment.id)).toBe("out-of-stock");
    expect(await stockOf(commerce(), batik)).toEqual({ on_hand: 10, reserved: 8 });
    expect((await shown(orders[0]?.id ?? "")).status).toBe("CANCELLED");
  });
});
