import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { fromDecimal } from "../../platform/values/money.ts";
import { BrowseDocument } from "../../schema/generated/operations.ts";
import { useSupergraph } from "../support/supergraph.ts";
import { type CommerceBooks, openBooks } from "./commerce-books.ts";
import { eventually } from "./eventually.ts";
import { type SandboxProvider, sandboxProvider } from "./provider.ts";
import { createShopper, type Offer, onlyOrder, type Purchase, type Shopper } from "./shopper.ts";

const supergraph = useSupergraph();
let books: CommerceBooks;
let providers: { readonly "bank-cendana": SandboxProvider; readonly kantong: SandboxProvider };
let offers: Offer[];

beforeAll(async () => {
  books = openBooks(supergraph().databases.commerce.superuserUrl);
  providers = {
    "bank-cendana": sandboxProvider(supergraph(), "bank-cendana"),
    kantong: sandboxProvider(supergraph(), "kantong"),
  };
  offers = (await (await createShopper(supergraph(), "buyer-0")).offers()).filter((offer) => offer.availableStock > 5);
});

afterAll(async () => {
  await books.close();
});

function offer(n: number): Offer {
  const found = offers[n % offers.length];
  if (found === undefined) throw new Error("the feed offers nothing with stock");
  return found;
}

async function statements(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const found = /^db_statements_total(?:\{[^}]*\})? (\d+)/m.exec(text)?.[1];
  if (found === undefined) throw new Error(`${url} counts no statements`);
  return Number(found);
}

async function browse(first: number): Promise<{ videos: number; storefront: number; commerce: number }> {
  const { ports } = supergraph();
  const storefront = `http://localhost:${ports.storefront}`;
  const commerce = `http://localhost:${ports.commerce}`;
  const before = [await statements(storefront), await statements(commerce)] as const;
  const answer = await (await supergraph().client()).send(BrowseDocument, { first });
  expect(answer.errors).toEqual([]);
  const after = [await statements(storefront), await statements(commerce)] as const;
  return {
    videos: answer.data?.feed?.edges.length ?? 0,
    storefront: after[0] - before[0],
    commerce: after[1] - before[1],
  };
}

// First: whatever else is done sends statements too.
describe("Browse", () => {
  test("over 5 and over 50 videos, sends each organisation's database the same number of SQL statements", async () => {
    await browse(5);
    const few = await browse(5);
    const many = await browse(50);
    expect(few.videos).toBe(5);
    expect(many.videos).toBe(50);
    expect({ storefront: many.storefront, commerce: many.commerce }).toEqual({
      storefront: few.storefront,
      commerce: few.commerce,
    });
    expect(few.storefront).toBeLessThanOrEqual(4);
    expect(few.commerce).toBeLessThanOrEqual(5);
  });
});

function isPaid(shopper: Shopper, purchase: Purchase) {
  return eventually(
    () => shopper.orderStatus(onlyOrder(purchase).id),
    // An order and its payment are read one after the other: a payment may be seen settled a moment before its order.
    (order) => order.payment.status === "PAID" && order.status !== "PLACED",
  );
}

const methods = [
  {
    id: "bank-cendana.virtual-account",
    provider: "bank-cendana",
    instructions: "virtualAccountNo",
    shopper: "buyer-1",
  },
  { id: "kantong.wallet", provider: "kantong", instructions: "webRedirectUrl", shopper: "buyer-2" },
  { id: "bank-cendana.qris", provider: "bank-cendana", instructions: "qrContent", shopper: "buyer-3" },
] as const;

describe.each(methods)("browsing and buying with $id", (method) => {
  test("through the gateway alone, ends in a paid and confirmed order, a balanced ledger and the creator's attribution", async () => {
    const shopper = await createShopper(supergraph(), method.shopper);
    const chosen = offer(1);
    const stockBefore = await books.stockOf(chosen.variantId);
    const clearingBefore = await books.balance(`provider_clearing:${method.provider}`);

    const answer = await shopper.browseAndBuy(chosen, { paymentMethodId: method.id });
    expect(answer.errors).toEqual([]);
    const { likeVideo, addToCart, checkout } = answer.data ?? {};
    if (likeVideo?.__typename !== "LikeVideoSuccess") throw new Error(JSON.stringify(likeVideo));
    expect(likeVideo.video.id).toBe(chosen.videoId);
    expect(likeVideo.feed.nodes[0]?.showcase[0]?.product?.price.amount).toMatch(/^\d+\.\d{2}$/);
    expect(addToCart?.__typename).toBe("AddToCartSuccess");
    if (checkout?.__typename !== "CheckoutSuccess") throw new Error(JSON.stringify(checkout));

    // The owner of each part answered in one document: the order is commerce's, the creator and video the storefront's.
    const order = onlyOrder(checkout);
    expect(order.lines[0]?.attributedTo).toMatchObject({
      creator: { id: chosen.creatorId, displayName: expect.stringMatching(/\w/) },
      video: { id: chosen.videoId, title: expect.stringMatching(/\w/), likeCount: expect.any(Number) },
    });
    expect(checkout.payment).toMatchObject({ status: "AWAITING_PAYMENT", amount: order.total });
    expect(checkout.payment.instructions).toHaveProperty(method.instructions);
    expect(await books.stockOf(chosen.variantId)).toEqual({
      onHand: stockBefore.onHand,
      reserved: stockBefore.reserved + 1,
    });

    const report = await providers[method.provider].pay(checkout.payment.id);
    expect(report).toMatchObject({ outcome: "paid" });
    const paid = await isPaid(shopper, checkout);
    expect(paid).toMatchObject({ status: "CONFIRMED", payment: { status: "PAID", paidAt: expect.any(String) } });
    expect(await books.stockOf(chosen.variantId)).toEqual({
      onHand: stockBefore.onHand - 1,
      reserved: stockBefore.reserved,
    });

    const owed = fromDecimal(order.total.amount);
    expect(await books.balance(`buyer_escrow:${order.id}`)).toBe(-owed);
    expect(await books.balance(`provider_clearing:${method.provider}`)).toBe(clearingBefore + owed);
    expect(await books.unbalanced()).toEqual([]);
    expect((await providers[method.provider].chargeOf(checkout.payment.id)).amountPaid).toBe(order.total.amount);
  });

  test("and notified three times at once, is paid once", async () => {
    const shopper = await createShopper(supergraph(), method.shopper);
    const purchase = await shopper.buy(offer(2), { paymentMethodId: method.id });
    const report = await providers[method.provider].pay(purchase.payment.id, { times: 3, concurrent: true });
    expect(report.outcome).toBe("paid");
    await isPaid(shopper, purchase);
    const order = onlyOrder(purchase);
    expect(await books.balance(`buyer_escrow:${order.id}`)).toBe(-fromDecimal(order.total.amount));
    expect(await books.unbalanced()).toEqual([]);
  });

  test("and notified with an amount that is not owed, is not paid", async () => {
    const shopper = await createShopper(supergraph(), method.shopper);
    const purchase = await shopper.buy(offer(3), { paymentMethodId: method.id });
    await providers[method.provider].pay(purchase.payment.id, { amount: "1.00" });
    // Not before the worker has done all it does about it.
    await eventually(
      () =>
        books.count(
          "SELECT count(*) FROM provider_notification WHERE payment_id = $1 AND verdict = 'AMOUNT_MISMATCH' AND applied_at IS NOT NULL",
          [purchase.payment.id],
        ),
      (count) => count > 0,
    );
    const order = await shopper.orderStatus(onlyOrder(purchase).id);
    expect(order).toMatchObject({ status: "PLACED", payment: { paidAt: null } });
    expect(order.payment.status).not.toBe("PAID");
    expect(await books.balance(`buyer_escrow:${order.id}`)).toBe(0n);
    expect(await books.unbalanced()).toEqual([]);
  });
});

describe("a forged notification", () => {
  const forgeries = [
    { method: "bank-cendana.virtual-account", provider: "bank-cendana", operation: "va-payment" },
    { method: "bank-cendana.qris", provider: "bank-cendana", operation: "qr-notify" },
    { method: "kantong.wallet", provider: "kantong", operation: "wallet-notify" },
  ] as const;

  test.each(forgeries)(
    "of $method, with a wrong signature is refused with 401, with none with 400, and pays nothing",
    async (forgery) => {
      const shopper = await createShopper(supergraph(), "buyer-4");
      const purchase = await shopper.buy(offer(4), { paymentMethodId: forgery.method });
      for (const [signature, code] of [
        ["wrong", /"responseCode":"401\d{2}00"/],
        ["garbage", /"responseCode":"401\d{2}00"/],
        ["missing", /"responseCode":"400\d{2}02"/],
      ] as const) {
        const answers = await providers[forgery.provider].post<unknown>("/control/forge", {
          partnerReferenceNo: purchase.payment.id,
          operation: forgery.operation,
          signature,
        });
        expect(JSON.stringify(answers)).toMatch(code);
      }
      // Nothing was written down that a worker could act on later.
      const written = "SELECT count(*) FROM provider_notification WHERE payment_id = $1";
      expect(await books.count(written, [purchase.payment.id])).toBe(0);
      const order = await shopper.orderStatus(onlyOrder(purchase).id);
      expect(order).toMatchObject({ status: "PLACED", payment: { status: "AWAITING_PAYMENT" } });
      expect(await books.balance(`buyer_escrow:${order.id}`)).toBe(0n);
    },
  );
});
