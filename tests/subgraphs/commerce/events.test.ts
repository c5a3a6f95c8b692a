import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import pg from "pg";
import { deterministicId, newId } from "../../../platform/runtime/ids.ts";
import { projectRoot } from "../../../platform/runtime/project-root.ts";
import type { Money } from "../../../platform/values/money.ts";
import { actOnOrder } from "../../../subgraphs/commerce/domain/actions/act-on-order.ts";
import { announceProducts, announceReview } from "../../../subgraphs/commerce/domain/actions/announce.ts";
import { adjustStock, changePrice } from "../../../subgraphs/commerce/domain/actions/change-offer.ts";
import {
  cancelUnpaidOrders,
  confirmPaidOrders,
  honourLatePayment,
  type PaidOutcome,
} from "../../../subgraphs/commerce/domain/actions/settle-payment.ts";
import { lateMoney } from "../../../subgraphs/commerce/domain/ledger/movements.ts";
import type { LockedPayment } from "../../../subgraphs/commerce/domain/payment.ts";
import type { Transaction } from "../../../subgraphs/commerce/domain/ports.ts";
import { createListingBook } from "../../../subgraphs/commerce/store/listing-book.ts";
import { rounds } from "../../support/rounds.ts";
import { buy, checkOut, putIntoCart, seededVariant, setStock } from "./support/buyer-journey.ts";
import { fulfillingOf } from "./support/paid-order.ts";
import { newKey, useCommerce } from "./support/test-commerce.ts";

interface Told {
  readonly id: string;
  readonly type: string;
  readonly aggregate: string;
  readonly sequence: number;
  readonly data: Readonly<Record<string, unknown>>;
}

const commerce = useCommerce();
const at = new Date("2026-11-25T03:15:00.000Z");
const paid: PaidOutcome = { source: "notification", providerReference: "REF-1", paidAt: at, at };
const expired = { status: "EXPIRED", source: "timer", reason: "not paid in time", at } as const;
const validators = new Map<string, ValidateFunction>();
let buyer: string;
let superuser: pg.Pool;

beforeAll(() => {
  superuser = new pg.Pool({ connectionString: commerce().database.superuserUrl, max: 2 });
  superuser.on("error", () => undefined);
});
afterAll(() => superuser.end());
beforeEach(async () => {
  buyer = `buyer-${newKey()}`;
  await superuser.query("TRUNCATE outbox_event; TRUNCATE told_availability");
});

function product(n: number): string {
  return deterministicId("product", n);
}

function validatorOf(name: string): ValidateFunction {
  const file = join(projectRoot, "schema", "events", `${name}.json`);
  const known =
    validators.get(name) ??
    new Ajv2020({ strict: true, allowUnionTypes: true }).compile(JSON.parse(readFileSync(file, "utf8")));
  validators.set(name, known);
  return known;
}

/** What was told since the test began, in order; each is held against its JSON Schema. */
async function told(): Promise<Told[]> {
  const { rows } = await superuser.query("SELECT name, body, position FROM outbox_event ORDER BY position");
  return rows.map(({ name, body, position }) => {
    const event = JSON.parse(String(body)) as Told;
    const validate = validatorOf(String(name));
    expect({ valid: validate(event), errors: validate.errors }).toEqual({ valid: true, errors: null });
    expect(event.sequence).toBe(Number(position));
    expect(String(body)).not.toContain(buyer);
    return event;
  });
}

async function news(): Promise<string[]> {
  return (await told()).map(({ type, data }) => `${type} ${String(data.productId)}`);
}

function inTransaction<Value>(work: (tx: Transaction) => Promise<Value>): Promise<Value> {
  return commerce().parts.store.transactions.runInTransaction(work);
}

const records = { listings: createListingBook(newId), newId };

function adjust(tx: Transaction, variantId: string, pieces: number) {
  return adjustStock(records, tx, { variantId, pieces, reason: "COUNTED", note: null, by: "somebody" }, at);
}

function price(tx: Transaction, variantId: string, amount: Money) {
  return changePrice(records, tx, { variantId, price: amount, by: "somebody" }, at);
}

function settle<Value>(paymentId: string, action: (tx: Transaction, payment: LockedPayment) => Promise<Value>) {
  return inTransaction(async (tx) => {
    const payment = await tx.payments.lock(paymentId);
    if (payment === null) throw new Error("no such payment");
    return action(tx, payment);
  });
}

/** A product of the seed with two variants, both with these pieces and every other variant with none. */
async function productOfTwo(pieces: number): Promise<{ id: string; variants: string[] }> {
  const { rows } = await superuser.query(
    `SELECT product_id AS id, array_agg(id ORDER BY position) AS variants FROM variant WHERE is_sold
     GROUP BY product_id HAVING count(*) > 1 ORDER BY product_id LIMIT 1`,
  );
  await superuser.query("UPDATE stock SET on_hand = 0, reserved = 0 WHERE variant_id = ANY($1)", [rows[0].variants]);
  const variants = (rows[0].variants as string[]).slice(0, 2);
  for (const variant of variants) await setStock(commerce(), variant, pieces);
  return { id: rows[0].id, variants };
}

describe("a paid order", () => {
  test("is told once, with products, pieces and the content that led to them, and nothing of the buyer or of money", async () => {
    const click = { cid: newId(), ctp: "video" as const, crt: newId(), prd: product(0) };
    const live = { cid: newId(), ctp: "live" as const, crt: newId(), prd: product(1) };
    for (const n of [0, 1]) await setStock(commerce(), seededVariant(n), 50);
    await putIntoCart(commerce(), buyer, seededVariant(0), 2, await commerce().attributionToken(click));
    await putIntoCart(commerce(), buyer, seededVariant(1), 3, await commerce().attributionToken(live));
    const { orders, payment } = await checkOut(commerce(), buyer);
    expect(await told()).toEqual([]);
    await Promise.all(
      Array.from({ length: 5 }, () => settle(payment.id, (tx, locked) => confirmPaidOrders(tx, locked, paid))),
    );
    const events = await told();
    expect(events.map(({ type, aggregate }) => [type, aggregate])).toEqual(
      orders.map((order) => ["order-paid", order.id]),
    );
    const lines = events.flatMap(({ data }) => data.lines as { productId: string }[]);
    expect(lines.sort((one, other) => (one.productId < other.productId ? -1 : 1))).toEqual([
      { productId: product(0), quantity: 2, creatorId: click.crt, videoId: click.cid, liveSessionId: null },
      { productId: product(1), quantity: 3, creatorId: live.crt, videoId: null, liveSessionId: live.cid },
    ]);
    const { rows } = await superuser.query("SELECT body FROM outbox_event");
    const bodies = rows.map(({ body }) => String(body)).join();
    for (const secret of [buyer, payment.id, payment.amount.amount, "clickedAt", "IDR"])
      expect(bodies).not.toContain(secret);
  });

  test("that is not paid, tells nothing; one that is honoured late, is told like any other", async () => {
    await setStock(commerce(), seededVariant(0), 50);
    const { payment } = await buy(commerce(), buyer, seededVariant(0), 2);
    await settle(payment.id, (tx, locked) => cancelUnpaidOrders(tx, locked, expired));
    expect(await told()).toEqual([]);
    await settle(payment.id, (tx, locked) =>
      tx.ledger.post(lateMoney(locked.provider, `late ${locked.id}`, locked.amount), at),
    );
    expect(await settle(payment.id, (tx, locked) => honourLatePayment(tx, locked, paid))).toBe("honoured");
    expect((await told()).map(({ type }) => type)).toEqual(["order-paid"]);
  });

  test("refunded in part, tells nothing more; in full, tells the same lines once, after that it was paid", async () => {
    await setStock(commerce(), seededVariant(0), 50);
    const { orders, payment } = await buy(commerce(), buyer, seededVariant(0), 2);
    const [order] = orders;
    await settle(payment.id, (tx, locked) => confirmPaidOrders(tx, locked, paid));
    const act = async (amountMinor: bigint | null) => {
      const command = amountMinor === null ? ({ kind: "cancel" } as const) : ({ kind: "refund", amountMinor } as const);
      const request = { operation: "refundOrder", orderId: order?.id ?? "", command, reason: null } as const;
      const operator = { kind: "OPERATOR", subject: "operator" } as const;
      await actOnOrder(fulfillingOf(commerce()), operator, { ...request, idempotencyKey: newKey() });
    };
    await act(100n);
    expect((await told()).map(({ type }) => type)).toEqual(["order-paid"]);
    await Promise.all([act(null), act(null), act(null)]);
    const events = await told();
    expect(events.map(({ type, aggregate }) => [type, aggregate])).toEqual([
      ["order-paid", order?.id],
      ["order-refunded", order?.id],
    ]);
    expect(events[1]?.data).toEqual(events[0]?.data);
  });

  test("whose transaction fails after all was written, tells nothing", async () => {
    await setStock(commerce(), seededVariant(0), 50);
    const { payment } = await buy(commerce(), buyer, seededVariant(0), 2);
    const failing = settle(payment.id, async (tx, locked) => {
      await confirmPaidOrders(tx, locked, paid);
      throw new Error("power cut");
    });
    await expect(failing).rejects.toThrow("power cut");
    expect(await told()).toEqual([]);
  });
});

describe("a product's availability", () => {
  test("is told when its last piece is reserved and when one comes back, and not for anything between", async () => {
    const { id, variants } = await productOfTwo(3);
    const [first = "", second = ""] = variants;
    const held = await buy(commerce(), buyer, first, 3);
    expect(await news()).toEqual([`item-available ${id}`]);
    await buy(commerce(), buyer, second, 2);
    expect(await news()).toHaveLength(1);
    await buy(commerce(), buyer, second, 1);
    await settle(held.payment.id, (tx, locked) => cancelUnpaidOrders(tx, locked, expired));
    expect((await news()).slice(1)).toEqual([`item-sold-out ${id}`, `item-available ${id}`]);
  });

  const races = rounds(8, 30);
  test(`is told rightly when the last pieces of two variants go, and come back, at the same time; ${races} times`, async () => {
    const { id, variants } = await productOfTwo(1);
    await inTransaction((tx) => announceProducts(tx, [id], at));
    for (let round = 0; round < races; round += 1) {
      await Promise.all(variants.map((variant) => inTransaction((tx) => adjust(tx, variant, -1))));
      await Promise.all(variants.map((variant) => inTransaction((tx) => adjust(tx, variant, 1))));
    }
    const expected = Array.from({ length: races }, () => [`item-sold-out ${id}`, `item-available ${id}`]).flat();
    expect(await news()).toEqual([`item-available ${id}`, ...expected]);
  }, 60_000);

  test("is told by a late payment that takes the last pieces", async () => {
    const { id, variants } = await productOfTwo(0);
    const [variant = ""] = variants;
    await setStock(commerce(), variant, 2);
    const { payment } = await buy(commerce(), buyer, variant, 2);
    await settle(payment.id, (tx, locked) => cancelUnpaidOrders(tx, locked, expired));
    await settle(payment.id, (tx, locked) => honourLatePayment(tx, locked, paid));
    expect((await news()).filter((line) => line.endsWith(id))).toEqual([
      `item-sold-out ${id}`,
      `item-available ${id}`,
      `item-sold-out ${id}`,
    ]);
  });

  test("of a variant that is delisted, is told by who delists it; told again without a change, is not", async () => {
    const { id, variants } = await productOfTwo(0);
    const [variant = ""] = variants;
    await setStock(commerce(), variant, 2);
    expect(await inTransaction((tx) => announceProducts(tx, [id], at))).toBe(1);
    await superuser.query("UPDATE variant SET is_sold = false WHERE id = $1", [variant]);
    expect(await inTransaction((tx) => announceProducts(tx, [id], at))).toBe(1);
    expect(await inTransaction((tx) => announceProducts(tx, [id, id], at))).toBe(0);
    await superuser.query("UPDATE variant SET is_sold = true WHERE id = $1", [variant]);
    expect(await news()).toEqual([`item-available ${id}`, `item-sold-out ${id}`]);
  });

  test("of a checkout that takes the last pieces, costs at most five statements more than of one that does not", async () => {
    await setStock(commerce(), seededVariant(0), 1_000);
    const count = async (pieces: number) => {
      await putIntoCart(commerce(), buyer, seededVariant(0), pieces);
      const before = await commerce().statements();
      await checkOut(commerce(), buyer);
      return (await commerce().statements()) - before;
    };
    await count(1);
    const far = await count(1);
    await setStock(commerce(), seededVariant(0), 2);
    // The lock, what is told, and the three of the outbox.
    expect((await count(2)) - far).toBeLessThanOrEqual(5);
  });
});

describe("an offer", () => {
  const money = (amountMinor: bigint) => ({ amountMinor, currency: "IDR" });
  const variant = seededVariant(0);

  test("that becomes cheaper, dearer, or stays, is told by its direction alone, in order, or not at all", async () => {
    for (const amount of [200_00n, 100_00n, 100_00n, 300_00n]) {
      expect((await inTransaction((tx) => price(tx, variant, money(amount)))).ok).toBe(true);
    }
    const events = (await told()).slice(-2);
    expect(events.map(({ type, aggregate, data }) => [type, aggregate, data])).toEqual([
      ["price-changed", product(0), { productId: product(0), direction: "LOWER" }],
      ["price-changed", product(0), { productId: product(0), direction: "HIGHER" }],
    ]);
    expect((await told()).length).toBeLessThanOrEqual(3);
  });

  test("of nothing, in another currency, for nothing, or with fewer pieces than are reserved, is refused and not told", async () => {
    await setStock(commerce(), variant, 5, 3);
    const refusals = [
      await inTransaction((tx) => price(tx, newId(), money(1n))),
      await inTransaction((tx) => price(tx, variant, { amountMinor: 1n, currency: "USD" })),
      await inTransaction((tx) => price(tx, variant, money(0n))),
      await inTransaction((tx) => adjust(tx, newId(), 1)),
      await inTransaction((tx) => adjust(tx, variant, -3)),
    ];
    expect(refusals.map((result) => (result.ok ? "done" : result.refusal))).toEqual([
      "VARIANT_NOT_FOUND",
      "CURRENCY_DIFFERS",
      "PRICE_NOT_POSITIVE",
      "VARIANT_NOT_FOUND",
      "FEWER_THAN_RESERVED",
    ]);
    expect(await told()).toEqual([]);
  });

  test("that is reviewed, is told with its stars; other numbers of stars are a bug", async () => {
    await inTransaction((tx) => announceReview(tx, { productId: product(0), rating: 4 }, at));
    expect((await told()).map(({ type, data }) => [type, data])).toEqual([
      ["review-posted", { productId: product(0), rating: 4 }],
    ]);
    for (const rating of [0, 6, 4.5]) {
      await expect(inTransaction((tx) => announceReview(tx, { productId: product(0), rating }, at))).rejects.toThrow(
        RangeError,
      );
    }
  });
});
