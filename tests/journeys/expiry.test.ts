import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { fromDecimal } from "../../platform/values/money.ts";
import { useSupergraph } from "../support/supergraph.ts";
import { type CommerceBooks, openBooks } from "./commerce-books.ts";
import { eventually } from "./eventually.ts";
import { sandboxProvider } from "./provider.ts";
import { createShopper, type Offer, onlyOrder, type Purchase, type Shopper } from "./shopper.ts";

const paymentTtlSeconds = 2;
const supergraph = useSupergraph({ paymentTtlSeconds });
let books: CommerceBooks;
let shopper: Shopper;
let chosen: Offer;

beforeAll(async () => {
  books = openBooks(supergraph().databases.commerce.superuserUrl);
  shopper = await createShopper(supergraph(), "buyer-1");
  const found = (await shopper.offers()).find((offer) => offer.availableStock > 5);
  if (found === undefined) throw new Error("the feed offers nothing with stock");
  chosen = found;
});

afterAll(async () => {
  await books.close();
});

function settled(purchase: Purchase, status: string) {
  return eventually(
    () => shopper.orderStatus(onlyOrder(purchase).id),
    // An order and its payment are read one after the other: a payment may be seen settled a moment before its order.
    (order) => order.payment.status === status && order.status !== "PLACED",
    30_000,
  );
}

describe("a payment that runs out", () => {
  test.each(["bank-cendana.virtual-account", "kantong.wallet", "bank-cendana.qris"])(
    "unpaid with %s, cancels its order and gives the stock back",
    async (paymentMethodId) => {
      const before = await books.stockOf(chosen.variantId);
      const purchase = await shopper.buy(chosen, { paymentMethodId });
      expect((await books.stockOf(chosen.variantId)).reserved).toBe(before.reserved + 1);
      expect(await settled(purchase, "EXPIRED")).toMatchObject({ status: "CANCELLED", payment: { paidAt: null } });
      expect(await books.stockOf(chosen.variantId)).toEqual(before);
      expect(await books.balance(`buyer_escrow:${onlyOrder(purchase).id}`)).toBe(0n);
    },
    60_000,
  );

  test("and is paid late into the virtual account, is refused by commerce and not taken", async () => {
    const purchase = await shopper.buy(chosen, { paymentMethodId: "bank-cendana.virtual-account" });
    await settled(purchase, "EXPIRED");
    const bank = sandboxProvider(supergraph(), "bank-cendana");
    const report = await bank.pay(purchase.payment.id, { force: true });
    expect(report.outcome).not.toBe("paid");
    expect((await shopper.orderStatus(onlyOrder(purchase).id)).payment.status).toBe("EXPIRED");
    expect(await books.unbalanced()).toEqual([]);
  }, 60_000);

  test("and is paid late in the wallet while stock remains, is honoured from suspense", async () => {
    const purchase = await shopper.buy(chosen, { paymentMethodId: "kantong.wallet" });
    await settled(purchase, "EXPIRED");
    await sandboxProvider(supergraph(), "kantong").pay(purchase.payment.id, { force: true });
    expect(await settled(purchase, "PAID")).toMatchObject({ status: "CONFIRMED" });
    const order = onlyOrder(purchase);
    expect(await books.balance(`buyer_escrow:${order.id}`)).toBe(-fromDecimal(order.total.amount));
    expect(await books.balance("suspense:kantong")).toBe(0n);
    expect(await books.unbalanced()).toEqual([]);
  }, 60_000);

  test.each([
    { paymentMethodId: "kantong.wallet", provider: "kantong" },
    { paymentMethodId: "bank-cendana.qris", provider: "bank-cendana" },
  ] as const)(
    "and is paid late with $paymentMethodId when nothing is left, is sent back",
    async (method) => {
      const purchase = await shopper.buy(chosen, { paymentMethodId: method.paymentMethodId });
      await settled(purchase, "EXPIRED");
      await books.setStock(chosen.variantId, 0);
      try {
        const provider = sandboxProvider(supergraph(), method.provider);
        await provider.pay(purchase.payment.id, { force: true });
        expect(await settled(purchase, "REFUNDED")).toMatchObject({ status: "CANCELLED" });
        const charge = await provider.chargeOf(purchase.payment.id);
        expect(charge.amountRefunded).toBe(purchase.payment.amount.amount);
        expect(await books.balance(`suspense:${method.provider}`)).toBe(0n);
        expect(await books.unbalanced()).toEqual([]);
      } finally {
        await books.setStock(chosen.variantId, 50);
      }
    },
    60_000,
  );

  test("whose provider took the money and never said so, is found paid by the status query", async () => {
    const purchase = await shopper.buy(chosen, { paymentMethodId: "kantong.wallet" });
    await sandboxProvider(supergraph(), "kantong").pay(purchase.payment.id, { silent: true });
    expect(await settled(purchase, "PAID")).toMatchObject({ status: "CONFIRMED" });
  }, 60_000);
});

describe("a provider that does not answer the request for a payment", () => {
  test("but made the charge, leaves the payment unknown until its status says what became of it, never failed", async () => {
    const wallet = sandboxProvider(supergraph(), "kantong");
    await wallet.post("/control/behaviours", { operation: "wallet-payment", behaviour: "drop", work: true });
    const purchase = await shopper.buy(chosen, { paymentMethodId: "kantong.wallet" });
    expect(["UNKNOWN", "REQUESTED", "AWAITING_PAYMENT"]).toContain(purchase.payment.status);
    await wallet.pay(purchase.payment.id);
    expect(await settled(purchase, "PAID")).toMatchObject({ status: "CONFIRMED" });
    expect(await books.unbalanced()).toEqual([]);
  }, 60_000);
});
