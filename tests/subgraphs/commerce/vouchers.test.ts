import { beforeEach, describe, expect, test } from "@jest/globals";
import { countAttempt } from "../../../subgraphs/commerce/domain/actions/count-attempt.ts";
import { cancelUnpaidOrders, honourLatePayment } from "../../../subgraphs/commerce/domain/actions/settle-payment.ts";
import { lateMoney } from "../../../subgraphs/commerce/domain/ledger/movements.ts";
import type { LockedPayment } from "../../../subgraphs/commerce/domain/payment.ts";
import type { Transaction } from "../../../subgraphs/commerce/domain/ports.ts";
import {
  addAddress,
  type CheckoutChanges,
  checkOut,
  putIntoCart,
  seededVariant,
  setStock,
} from "./support/buyer-journey.ts";
import { payFor } from "./support/paid-order.ts";
import { newKey, testMethod, useCommerce } from "./support/test-commerce.ts";
import { makeVoucher, minor } from "./support/vouchers.ts";

const commerce = useCommerce();
// Products 0 and 1 are of different shops in the small seed.
const [batik, hijab] = [seededVariant(0), seededVariant(1)] as const;
let buyer: string;
let shopId: string;

interface Amount {
  readonly amount: string;
}
interface Payload {
  readonly __typename: string;
  readonly code?: string;
  readonly missing?: Amount;
  readonly cart?: {
    readonly version: number;
    readonly subtotal: Amount;
    readonly discount: Amount;
    readonly total: Amount;
    readonly vouchers: {
      readonly voucher: { readonly code: string };
      readonly discount: Amount;
      readonly missing: Amount | null;
    }[];
  };
}

const cart =
  "cart { version subtotal { amount } discount { amount } total { amount } vouchers { voucher { code } discount { amount } missing { amount } } }";
const applyDocument = `mutation ($input: ApplyVoucherInput!) { applyVoucher(input: $input) { __typename ... on UserError { code }
  ... on ApplyVoucherSuccess { ${cart} } ... on VoucherMinimumNotMet { missing { amount } } } }`;

async function sql(text: string, values: unknown[] = []) {
  return (await commerce().parts.database.pool.query(text, values)).rows;
}

async function apply(code: string, by = buyer): Promise<Payload> {
  const client = await commerce().client(by);
  return (await client.data<{ applyVoucher: Payload }>(applyDocument, { input: { code } })).applyVoucher;
}

/** How often a voucher is taken, by its own count and by its redemptions. */
async function taken(code: string): Promise<Record<string, number>> {
  const [row] = await sql(
    `SELECT v.redeemed, count(r.*) FILTER (WHERE r.state = 'RESERVED')::int AS reserved, count(r.*) FILTER (WHERE r.state = 'USED')::int AS used
     FROM voucher v LEFT JOIN voucher_redemption r ON r.voucher_id = v.id WHERE v.code = $1 GROUP BY v.id`,
    [code],
  );
  expect(row.redeemed).toBe(row.reserved + row.used);
  return { reserved: row.reserved, used: row.used };
}

async function bought(changes: CheckoutChanges = {}, by = buyer) {
  const payload = await checkOut(commerce(), by, changes);
  expect(payload.__typename).toBe("CheckoutSuccess");
  return payload;
}

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

const expire = (paymentId: string) =>
  settle(paymentId, (tx, payment) =>
    cancelUnpaidOrders(tx, payment, { status: "EXPIRED", source: "timer", reason: "not paid in time", at: new Date() }),
  );

beforeEach(async () => {
  buyer = `buyer-${newKey()}`;
  for (const variant of [batik, hijab]) await setStock(commerce(), variant, 200);
  [{ shop_id: shopId }] = await sql(
    "SELECT p.shop_id FROM variant v JOIN product p ON p.id = v.product_id WHERE v.id = $1",
    [batik],
  );
});

describe("a voucher in the cart", () => {
  test("is shown with what it takes off, a seller's before the platform's; taken out, it takes nothing off", async () => {
    await putIntoCart(commerce(), buyer, batik, 2);
    await putIntoCart(commerce(), buyer, hijab, 1);
    const platform = await makeVoucher(commerce(), { basis_points: 1_000 });
    const seller = await makeVoucher(commerce(), { funder: "SELLER", shop_id: shopId, amount_minor: 5_000_00 });
    await apply(platform);
    const { cart: shown } = await apply(` ${seller.toLowerCase()}`);
    if (shown === undefined) throw new Error("not applied");
    const left = minor(shown.subtotal) - 500_000n;
    const part = (left / 1_000n) * 100n;
    expect(shown.vouchers.map(({ voucher, discount }) => [voucher.code, minor(discount)])).toEqual([
      [seller, 500_000n],
      [platform, part],
    ]);
    expect([minor(shown.discount), minor(shown.total)]).toEqual([500_000n + part, left - part]);
    expect((await apply(seller)).cart?.version).toBe(shown.version);
    const client = await commerce().client(buyer);
    const remove = `mutation ($input: RemoveVoucherInput!) { removeVoucher(input: $input) { __typename ... on UserError { code }
      ... on RemoveVoucherSuccess { ${cart} } } }`;
    const send = async () =>
      (await client.data<{ removeVoucher: Payload }>(remove, { input: { code: platform } })).removeVoucher;
    expect(minor((await send()).cart?.discount ?? { amount: "0" })).toBe(500_000n);
    expect((await send()).code).toBe("VOUCHER_NOT_FOUND");
  });

  test("is refused by name: unknown, over, used up in all or by the buyer, not stackable, below its minimum", async () => {
    await putIntoCart(commerce(), buyer, batik);
    const used = await makeVoucher(commerce(), { max_per_buyer: 1 });
    await apply(used);
    await bought();
    await putIntoCart(commerce(), buyer, batik);
    const codes = [
      "NO-SUCH",
      "x".repeat(33),
      await makeVoucher(commerce(), { ends_at: "2026-01-02Z" }),
      await makeVoucher(commerce(), { starts_at: "2035-01-01Z" }),
      await makeVoucher(commerce(), { quota: 1, redeemed: 1 }),
      used,
      await makeVoucher(commerce(), { minimum_spend_minor: 99_000_000_00 }),
      await makeVoucher(commerce()),
      await makeVoucher(commerce()),
    ];
    const answers: (string | undefined)[] = [];
    for (const code of codes) answers.push((await apply(code)).code);
    expect(answers).toEqual([
      "VOUCHER_NOT_FOUND",
      "INVALID_INPUT",
      // What cannot be used now is as good as not there, for who has not had it: codes are not to be found by trying.
      "VOUCHER_NOT_FOUND",
      "VOUCHER_NOT_FOUND",
      "VOUCHER_NOT_FOUND",
      "VOUCHER_QUOTA_SPENT",
      "VOUCHER_MINIMUM_NOT_MET",
      undefined,
      "VOUCHER_NOT_STACKABLE",
    ]);
  });
});

describe("a code that somebody tries", () => {
  const fields = `mutation ($input: ApplyVoucherInput!) { applyVoucher(input: $input) { __typename ... on UserError { code field message }
    ... on TooManyAttempts { retryAfterSeconds } } }`;

  async function tried(code: string, by: string): Promise<Record<string, unknown>> {
    const client = await commerce().client(by);
    const answer = await client.data<{ applyVoucher: Record<string, unknown> }>(fields, { input: { code } });
    return answer.applyVoucher;
  }

  test("answers alike whether it never was, is over, is not valid yet or is used up; but not to who has it in the cart", async () => {
    await putIntoCart(commerce(), buyer, batik);
    const held = await makeVoucher(commerce(), { quota: 1 });
    expect((await tried(held, buyer)).__typename).toBe("ApplyVoucherSuccess");
    await sql("UPDATE voucher SET redeemed = 1 WHERE code = $1", [held]);
    const stranger = `buyer-${newKey()}`;
    const codes = [
      "NO-SUCH-CODE",
      held,
      await makeVoucher(commerce(), { ends_at: "2026-01-02Z" }),
      await makeVoucher(commerce(), { starts_at: "2035-01-01Z" }),
    ];
    const answers = [];
    for (const code of codes) answers.push(JSON.stringify(await tried(code, stranger)));
    expect(new Set(answers).size).toBe(1);
    expect((await tried(held, buyer)).__typename).toBe("VoucherQuotaSpent");
  });

  /** Lets somebody have tried so often in the window of now, and in the next one, which may begin before they try again. */
  async function exhausted(by: string, action: string, attempts: number): Promise<void> {
    const startsAt = Math.floor(Date.now() / 600_000) * 600_000;
    for (const at of [startsAt, startsAt + 600_000]) {
      await sql("INSERT INTO attempt_window VALUES ($1, $2, $3, $4)", [by, action, new Date(at), attempts]);
    }
  }

  test("is tried at most so often by one buyer, however many at once; another buyer may still try", async () => {
    const by = `buyer-${newKey()}`;
    await exhausted(by, "applyVoucher", 16);
    const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => tried(`GUESS-${n}`, by)));
    const refused = answers.filter(({ __typename }) => __typename === "TooManyAttempts");
    expect(refused.length).toBe(4);
    expect(refused[0]).toMatchObject({ code: "TOO_MANY_ATTEMPTS", field: "input.code" });
    const seconds = Number(refused[0]?.retryAfterSeconds);
    expect(seconds >= 1 && seconds <= 600).toBe(true);
    expect((await tried("GUESS-1", `buyer-${newKey()}`)).__typename).toBe("VoucherNotFound");
  });

  test("may be tried again in the next window, and guest carts are counted apart", async () => {
    const { transactions } = commerce().parts.store;
    const by = `buyer-${newKey()}`;
    const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000);
    const outcomes = [];
    for (let n = 0; n < 21; n += 1) outcomes.push(await countAttempt(transactions, by, "applyVoucher", at(590)));
    expect(outcomes.filter((outcome) => outcome !== null)).toEqual([
      { kind: "TooManyAttempts", retryAfterSeconds: 10 },
    ]);
    expect(await countAttempt(transactions, by, "startGuestCart", at(590))).toBeNull();
    expect(await countAttempt(transactions, by, "applyVoucher", at(600))).toBeNull();
  });

  test("and a guest cart begun too often by who is signed in, is refused", async () => {
    const by = `buyer-${newKey()}`;
    await exhausted(by, "startGuestCart", 19);
    const client = await commerce().client(by);
    const document = "mutation ($input: StartGuestCartInput!) { startGuestCart(input: $input) { __typename } }";
    const input = { variantId: newKey(), quantity: 1 };
    const begin = async () =>
      (await client.data<{ startGuestCart: { __typename: string } }>(document, { input })).startGuestCart.__typename;
    expect([await begin(), await begin()]).toEqual(["VariantNotFound", "TooManyAttempts"]);
  });
});

describe("a checkout with vouchers", () => {
  test("asks for what is left, splits the discount over orders and lines exactly, and empties the cart of vouchers", async () => {
    await putIntoCart(commerce(), buyer, batik, 3);
    await putIntoCart(commerce(), buyer, hijab, 1);
    const code = await makeVoucher(commerce(), { amount_minor: 10_000_01 });
    const { cart: shown } = await apply(code);
    const { orders, payment } = await bought();
    expect(payment.amount.amount).toBe(shown?.total.amount);
    const client = await commerce().client(buyer);
    interface Shown {
      readonly subtotal: Amount;
      readonly discount: Amount;
      readonly total: Amount;
      readonly lines: { readonly discount: Amount }[];
    }
    const read = await Promise.all(
      orders.map(
        async ({ id }) =>
          (
            await client.data<{ order: Shown }>(
              "query ($id: ID!) { order(id: $id) { subtotal { amount } discount { amount } total { amount } lines { discount { amount } } } }",
              { id },
            )
          ).order,
      ),
    );
    for (const order of read) {
      expect(minor(order.subtotal) - minor(order.discount)).toBe(minor(order.total));
      expect(order.lines.reduce((total, line) => total + minor(line.discount), 0n)).toBe(minor(order.discount));
    }
    expect(read.reduce((total, order) => total + minor(order.discount), 0n)).toBe(1_000_001n);
    expect(await taken(code)).toEqual({ reserved: 1, used: 0 });
    expect((await client.data<{ cart: Payload["cart"] }>(`{ ${cart} }`)).cart?.vouchers).toEqual([]);
  });

  test("whose terms changed, or that no longer counts, is refused by name and reserves nothing, each time its terms change", async () => {
    await putIntoCart(commerce(), buyer, batik, 2);
    const code = await makeVoucher(commerce());
    await apply(code);
    await sql("UPDATE voucher SET amount_minor = 500000 WHERE code = $1", [code]);
    expect(await checkOut(commerce(), buyer)).toMatchObject({ __typename: "VoucherChanged", code: "VOUCHER_CHANGED" });
    await sql("UPDATE voucher SET quota = 0 WHERE code = $1", [code]);
    expect((await checkOut(commerce(), buyer)).code).toBe("VOUCHER_QUOTA_SPENT");
    await sql("UPDATE voucher SET quota = 5, ends_at = '2026-01-02Z' WHERE code = $1", [code]);
    expect((await checkOut(commerce(), buyer)).code).toBe("VOUCHER_EXPIRED");
    await sql("UPDATE voucher SET ends_at = '2036-01-01Z', minimum_spend_minor = 9900000000 WHERE code = $1", [code]);
    expect((await checkOut(commerce(), buyer)).code).toBe("VOUCHER_CHANGED");
    expect((await checkOut(commerce(), buyer)).code).toBe("VOUCHER_MINIMUM_NOT_MET");
    expect(await taken(code)).toEqual({ reserved: 0, used: 0 });
    await sql("UPDATE voucher SET minimum_spend_minor = 0 WHERE code = $1", [code]);
    expect((await checkOut(commerce(), buyer)).code).toBe("VOUCHER_CHANGED");
  });

  test("of the last redemption, wanted by 12 buyers at once, is had by one; the others are told and hold no stock", async () => {
    const code = await makeVoucher(commerce(), { quota: 1 });
    const buyers = Array.from({ length: 12 }, (_, n) => `${buyer}-${n}`);
    for (const each of buyers) {
      await addAddress(commerce(), each);
      await putIntoCart(commerce(), each, batik);
      await apply(code, each);
    }
    const payloads = await Promise.all(buyers.map((each) => checkOut(commerce(), each)));
    const names = payloads.map(({ __typename }) => __typename).sort();
    expect(names).toEqual(["CheckoutSuccess", ...Array(11).fill("VoucherQuotaSpent")]);
    expect(await taken(code)).toEqual({ reserved: 1, used: 0 });
    expect(await sql("SELECT reserved FROM stock WHERE variant_id = $1", [batik])).toEqual([{ reserved: 1 }]);
  });

  test("of one buyer's last redemption, in three checkouts at once, is had once", async () => {
    const code = await makeVoucher(commerce(), { max_per_buyer: 1 });
    await putIntoCart(commerce(), buyer, batik);
    await apply(code);
    await addAddress(commerce(), buyer);
    const payloads = await Promise.all([1, 2, 3].map(() => checkOut(commerce(), buyer)));
    expect(payloads.filter(({ __typename }) => __typename === "CheckoutSuccess")).toHaveLength(1);
    expect(await taken(code)).toEqual({ reserved: 1, used: 0 });
  });

  test("at another total than the buyer was shown, buys nothing", async () => {
    await putIntoCart(commerce(), buyer, batik);
    const { cart: shown } = await apply(await makeVoucher(commerce()));
    expect((await checkOut(commerce(), buyer, { expectedTotal: "1.00" })).__typename).toBe("PriceChanged");
    await bought({ expectedTotal: shown?.total.amount });
  });
});

describe("a redemption", () => {
  const place = async (code: string) => {
    await putIntoCart(commerce(), buyer, batik, 2);
    await apply(code);
    return bought();
  };

  test("is used up by the payment, given back when it runs out, and taken again by late money or another way to pay", async () => {
    const code = await makeVoucher(commerce(), { quota: 1 });
    const { payment } = await place(code);
    await Promise.all([expire(payment.id), expire(payment.id)]);
    expect(await taken(code)).toEqual({ reserved: 0, used: 0 });
    const at = new Date();
    await settle(payment.id, (tx, locked) =>
      tx.ledger.post(lateMoney(locked.provider, `late ${locked.id}`, locked.amount), at),
    );
    const outcome = { source: "notification", providerReference: "late", paidAt: at, at } as const;
    expect(await settle(payment.id, (tx, locked) => honourLatePayment(tx, locked, outcome))).toBe("honoured");
    expect(await taken(code)).toEqual({ reserved: 0, used: 1 });

    const other = await makeVoucher(commerce(), { quota: 1 });
    const second = await place(other);
    await expire(second.payment.id);
    const retry = async () => {
      const client = await commerce().client(buyer);
      const input = { paymentId: second.payment.id, paymentMethodId: testMethod.id, idempotencyKey: newKey() };
      const document = `mutation ($input: RetryPaymentInput!) { retryPayment(input: $input) { __typename
        ... on RetryPaymentSuccess { payment { id } } } }`;
      return (await client.data<{ retryPayment: { __typename: string; payment: { id: string } } }>(document, { input }))
        .retryPayment;
    };
    await sql("UPDATE voucher SET quota = 0 WHERE code = $1", [other]);
    expect((await retry()).__typename).toBe("VoucherQuotaSpent");
    await sql("UPDATE voucher SET quota = 1 WHERE code = $1", [other]);
    const retried = await retry();
    expect(await taken(other)).toEqual({ reserved: 1, used: 0 });
    await payFor(commerce(), retried.payment.id);
    expect(await taken(other)).toEqual({ reserved: 0, used: 1 });
  });
});
