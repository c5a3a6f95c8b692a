import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type KeptGoods, keptGoods, subsidyOf } from "../../../../subgraphs/commerce/domain/kept-goods.ts";
import type { MoneyRule } from "../../../../subgraphs/commerce/domain/money-rules.ts";
import type { OrderLine } from "../../../../subgraphs/commerce/domain/order.ts";
import { type OrderReturn, paidForPieces } from "../../../../subgraphs/commerce/domain/order-return.ts";
import { type GivenMoney, soldGoods, splitRefund } from "../../../../subgraphs/commerce/domain/refund-split.ts";
import { splitRelease } from "../../../../subgraphs/commerce/domain/release-split.ts";

const at = new Date("2026-11-20T03:00:00Z");
const idr = (amountMinor: bigint) => ({ amountMinor, currency: "IDR" });
const since = { validFrom: new Date(0), baseNumerator: 1, baseDenominator: 1, windowDays: null };
const rules: readonly MoneyRule[] = [
  { ...since, kind: "PLATFORM_FEE", basisPoints: 650 },
  { ...since, kind: "PPN", basisPoints: 1_200, baseNumerator: 11, baseDenominator: 12 },
  { ...since, kind: "AFFILIATE_COMMISSION", basisPoints: 300, windowDays: 7 },
];
const terms = { placedAt: at, earnedAt: at, rules };
const click = { creatorId: "creator", videoId: "video", liveSessionId: null, productId: "product", clickedAt: at };

interface Sold {
  readonly lines: readonly OrderLine[];
  readonly added: ReadonlyMap<string, bigint>;
  readonly feeMinor: bigint;
  readonly isCourierOwed: boolean;
}

/** Pieces of a line that come back, or money that is given back without any; both of what there is. */
type Event =
  | { readonly kind: "return"; readonly line: number; readonly pieces: number }
  | { readonly kind: "refund"; readonly permille: number };

const soldLine = fc.record({
  unitMinor: fc.bigInt({ min: 200n, max: 50_000_000n }),
  quantity: fc.integer({ min: 1, max: 4 }),
  isAttributed: fc.boolean(),
  sellersPermille: fc.nat(300),
  platformsPermille: fc.nat(300),
});
const sold: fc.Arbitrary<Sold> = fc
  .record({
    drawn: fc.array(soldLine, { minLength: 1, maxLength: 4 }),
    feeMinor: fc.constantFrom(0n, 1_234_500n),
    isCourierOwed: fc.boolean(),
  })
  .map(({ drawn, feeMinor, isCourierOwed }) => {
    const added = new Map<string, bigint>();
    const lines = drawn.map(({ unitMinor, quantity, isAttributed, sellersPermille, platformsPermille }, index) => {
      const id = String(index);
      const priceMinor = unitMinor * BigInt(quantity);
      const addedMinor = (priceMinor * BigInt(platformsPermille)) / 1_000n;
      if (addedMinor > 0n) added.set(id, addedMinor);
      const discount = idr((priceMinor * BigInt(sellersPermille)) / 1_000n + addedMinor);
      const line = { id, orderId: "order", variantId: id, title: id, quantity, unitPrice: idr(unitMinor), discount };
      return { ...line, attribution: isAttributed ? click : null };
    });
    return { lines, added, feeMinor, isCourierOwed };
  });
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: fc.constant("return" as const), line: fc.nat(3), pieces: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant("refund" as const), permille: fc.integer({ min: 1, max: 600 }) }),
);

class Life {
  readonly order: Sold;
  readonly totalMinor: bigint;
  readonly returns: OrderReturn[] = [];
  backMinor = 0n;
  given: GivenMoney | null = null;
  constructor(order: Sold) {
    this.order = order;
    this.totalMinor = order.feeMinor + this.kept().paidMinor;
  }
  kept(): KeptGoods {
    return keptGoods(this.order.lines, this.order.added, this.returns);
  }
  goodsLeftMinor(): bigint {
    const left = this.totalMinor - this.backMinor - this.order.feeMinor;
    return left > 0n ? left : 0n;
  }
  complete(): void {
    const { feeMinor, isCourierOwed } = this.order;
    const kept = this.kept();
    const subsidyMinor = subsidyOf(kept, this.goodsLeftMinor());
    const escrowMinor = this.totalMinor - this.backMinor;
    const split = splitRelease(soldGoods(kept, { feeMinor, isCourierOwed }, at), escrowMinor + subsidyMinor, rules, at);
    this.given = { ...split, subsidyMinor, sellersShippingMinor: split.courierMinor > 0n ? 0n : feeMinor };
  }
  /** What would be given back, and after the goods are noted. */
  private wanted(event: Event): bigint {
    if (event.kind === "refund") return (this.totalMinor * BigInt(event.permille)) / 1_000n;
    const line = this.order.lines[event.line];
    if (line === undefined) return 0n;
    const before = this.returns
      .filter(({ lines }) => lines[0]?.lineId === line.id)
      .reduce((sum, { lines }) => sum + (lines[0]?.quantity ?? 0), 0);
    const quantity = Math.min(event.pieces, line.quantity - before);
    if (quantity === 0) return 0n;
    const goods = { id: String(this.returns.length), orderId: "order", origin: "BUYER", status: "RECEIVED" } as const;
    const rest = { reason: "too small", answer: null, refundedMinor: 0n, requestedAt: at };
    this.returns.push({ ...goods, ...rest, lines: [{ lineId: line.id, quantity }] });
    return paidForPieces(line, before, quantity);
  }
  happen(event: Event): void {
    let refundMinor = this.wanted(event);
    const leftMinor = this.totalMinor - this.backMinor;
    if (refundMinor > leftMinor) refundMinor = leftMinor;
    if (refundMinor === 0n) return;
    if (this.given !== null) this.give(this.given, refundMinor);
    this.backMinor += refundMinor;
  }
  private give(given: GivenMoney, refundMinor: bigint): void {
    const back = splitRefund(given, refundMinor, this.kept(), terms);
    const commissions = back.commissions.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
    const borne = back.sellerMinor + back.platformFeeMinor + back.ppnMinor + commissions + back.borneMinor;
    expect(borne - back.subsidyMinor).toBe(refundMinor);
    const parts = [back.sellerMinor, back.platformFeeMinor, back.ppnMinor, back.subsidyMinor, back.borneMinor];
    expect([...parts, ...back.commissions.map(({ amountMinor }) => amountMinor)].every((part) => part >= 0n)).toBe(
      true,
    );
    this.given = {
      ...given,
      sellerMinor: given.sellerMinor - back.sellerMinor,
      platformFeeMinor: given.platformFeeMinor - back.platformFeeMinor,
      ppnMinor: given.ppnMinor - back.ppnMinor,
      subsidyMinor: given.subsidyMinor - back.subsidyMinor,
      commissions: given.commissions.map((one, index) => ({
        ...one,
        amountMinor: one.amountMinor - (back.commissions[index]?.amountMinor ?? 0n),
      })),
    };
  }
  /** What the kept pieces of a line earn at a rate, with their share of what was given back without goods. By hand. */
  earned(lineId: string, basisPoints: number): number {
    const { lines, added } = this.order;
    const kept = (line: OrderLine): number => {
      const gone = this.returns
        .flatMap((goods) => goods.lines)
        .reduce((sum, back) => sum + (back.lineId === line.id ? back.quantity : 0), 0);
      const share = (line.quantity - gone) / line.quantity;
      return share * Number(line.unitPrice.amountMinor * BigInt(line.quantity) - line.discount.amountMinor);
    };
    const all = lines.reduce((sum, line) => sum + kept(line), 0);
    const line = lines.find(({ id }) => id === lineId);
    if (line === undefined || all === 0) return 0;
    const paid = Number(line.unitPrice.amountMinor * BigInt(line.quantity) - line.discount.amountMinor);
    const sold = kept(line) * (1 + Number(added.get(lineId) ?? 0n) / paid);
    return (((Number(this.goodsLeftMinor()) / all) * sold) / 10_000) * basisPoints;
  }
}

/** Whoever has something has what the goods that were kept earn, but for some sen; none is below nothing. */
function expectEarned(life: Life): void {
  const { given, order } = life;
  if (given === null) throw new Error("not complete");
  const sen = 6 + order.lines.length * 2;
  for (const { lineId, amountMinor } of given.commissions) {
    expect(amountMinor).toBeGreaterThanOrEqual(0n);
    expect(Math.abs(Number(amountMinor) - life.earned(lineId, 300))).toBeLessThan(sen);
  }
  const fee = order.lines.reduce((sum, { id }) => sum + life.earned(id, 650), 0);
  expect(Math.abs(Number(given.platformFeeMinor) - fee)).toBeLessThan(sen);
  expect(Math.abs(Number(given.ppnMinor) - fee * 0.11)).toBeLessThan(sen);
  const parts = [given.sellerMinor, given.platformFeeMinor, given.ppnMinor, given.subsidyMinor];
  expect(parts.every((part) => part >= 0n)).toBe(true);
  if (life.backMinor === life.totalMinor) {
    expect([...parts, ...given.commissions.map(({ amountMinor }) => amountMinor)].every((part) => part === 0n)).toBe(
      true,
    );
  }
}

describe("what is kept of a released order", () => {
  test("after any returns and refunds, before its completion and after it, is what the kept goods earn, and all of it sums up", () => {
    fc.assert(
      fc.property(sold, fc.array(event, { maxLength: 8 }), fc.nat(8), (order, events, completedAfter) => {
        const life = new Life(order);
        for (const one of events.slice(0, completedAfter)) life.happen(one);
        life.complete();
        expectEarned(life);
        for (const one of events.slice(completedAfter)) {
          life.happen(one);
          expectEarned(life);
        }
      }),
      { numRuns: 400 },
    );
  });

  test("of a line that all came back, is no commission, whatever was given back before", () => {
    const line = (id: string, unitMinor: bigint, isAttributed: boolean): OrderLine => ({
      ...{ id, orderId: "order", variantId: id, title: id, quantity: 1, unitPrice: idr(unitMinor), discount: idr(0n) },
      attribution: isAttributed ? click : null,
    });
    const order = {
      ...{ lines: [line("0", 23_600_000n, true), line("1", 10_500_000n, false)], added: new Map<string, bigint>() },
      ...{ feeMinor: 0n, isCourierOwed: false },
    };
    const kept = (...events: Event[]) => {
      const life = new Life(order);
      life.complete();
      for (const one of events) life.happen(one);
      return life.given?.commissions.map(({ amountMinor }) => amountMinor);
    };
    const back = (number: number): Event => ({ kind: "return", line: number, pieces: 1 });
    const part: Event = { kind: "refund", permille: 100 };
    expect(kept()).toEqual([708_000n]);
    expect(kept(back(0))).toEqual([0n]);
    expect(kept(back(1))).toEqual([708_000n]);
    expect(kept(part)).toEqual([637_200n]);
    expect(kept(part, back(0))).toEqual([0n]);
    // Rp 34.100 were given back without goods: what is left of them earns.
    expect(kept(part, back(1))).toEqual([605_700n]);
    expect(kept(back(1), part)).toEqual([605_700n]);
  });
});
