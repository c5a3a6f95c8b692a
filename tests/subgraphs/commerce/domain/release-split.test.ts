import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { MoneyRule } from "../../../../subgraphs/commerce/domain/money-rules.ts";
import { ruleAt } from "../../../../subgraphs/commerce/domain/money-rules.ts";
import { type ReleasableOrder, splitRelease } from "../../../../subgraphs/commerce/domain/release-split.ts";

const day = (text: string) => new Date(`${text}T00:00:00+07:00`);
const rule = (
  kind: MoneyRule["kind"],
  from: string,
  basisPoints: number,
  changes: Partial<MoneyRule> = {},
): MoneyRule => ({
  kind,
  validFrom: day(from),
  basisPoints,
  baseNumerator: 1,
  baseDenominator: 1,
  windowDays: null,
  ...changes,
});
const rules: readonly MoneyRule[] = [
  rule("PLATFORM_FEE", "2024-01-01", 500),
  rule("PLATFORM_FEE", "2026-06-01", 650),
  rule("PPN", "2022-04-01", 1_100),
  rule("PPN", "2025-01-01", 1_200, { baseNumerator: 11, baseDenominator: 12 }),
  rule("AFFILIATE_COMMISSION", "2024-01-01", 300, { windowDays: 7 }),
];
const placedAt = new Date("2026-11-20T03:00:00Z");
const click = (hoursBefore: number) => ({
  creatorId: "creator",
  videoId: "video",
  liveSessionId: null,
  productId: "product",
  clickedAt: new Date(placedAt.getTime() - hoursBefore * 3_600_000),
});

function orderOf(lines: ReleasableOrder["lines"], at = placedAt): ReleasableOrder {
  const totalMinor = lines.reduce((total, line) => total + line.totalMinor, 0n);
  return { totalMinor, shipping: { feeMinor: 0n, isCourierOwed: false }, placedAt: at, lines };
}

describe("what is released of an order", () => {
  test("of Rp 1.000.000 with a click, is fee 6,5 %, PPN 11 % of the fee, commission 3 % and the rest the shop's", () => {
    const order = orderOf([{ id: "one", totalMinor: 100_000_000n, attribution: click(1) }]);
    expect(splitRelease(order, 100_000_000n, rules, placedAt)).toEqual({
      sellerMinor: 89_785_000n,
      courierMinor: 0n,
      platformFeeMinor: 6_500_000n,
      ppnMinor: 715_000n,
      affiliateMinor: 3_000_000n,
      commissions: [{ lineId: "one", attribution: click(1), amountMinor: 3_000_000n }],
    });
  });

  test("goes by the fee of the day it was placed and the tax of the day it is earned", () => {
    const order = orderOf([{ id: "one", totalMinor: 1_000_000n, attribution: null }], day("2024-12-30"));
    expect(splitRelease(order, 1_000_000n, rules, day("2024-12-31"))).toMatchObject({
      platformFeeMinor: 50_000n,
      ppnMinor: 5_500n,
    });
    expect(splitRelease(order, 1_000_000n, rules, day("2025-01-02"))).toMatchObject({
      platformFeeMinor: 50_000n,
      ppnMinor: 5_500n,
    });
    const doubled = [...rules, rule("PPN", "2027-01-01", 2_400, { baseNumerator: 11, baseDenominator: 12 })];
    expect(splitRelease(order, 1_000_000n, doubled, day("2027-01-01")).ppnMinor).toBe(11_000n);
  });

  test("of a click seven days before counts, of one an hour earlier does not", () => {
    const lines = [
      { id: "in time", totalMinor: 500_000n, attribution: click(7 * 24) },
      { id: "too old", totalMinor: 500_000n, attribution: click(7 * 24 + 1) },
      { id: "none", totalMinor: 500_000n, attribution: null },
    ];
    const { commissions, affiliateMinor } = splitRelease(orderOf(lines), 1_500_000n, rules, placedAt);
    expect(commissions.map(({ lineId, amountMinor }) => [lineId, amountMinor])).toEqual([["in time", 15_000n]]);
    expect(affiliateMinor).toBe(15_000n);
  });

  test("of any order after any refund, sums to what was in escrow, each part as near to its rate as whole sen allow", () => {
    const line = fc.record({
      totalMinor: fc.bigInt({ min: 1n, max: 10n ** 12n }),
      hours: fc.option(fc.integer({ min: 0, max: 400 })),
    });
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 8 }), fc.nat(10_000), (drawn, kept) => {
        const lines = drawn.map(({ totalMinor, hours }, index) => ({
          id: String(index),
          totalMinor,
          attribution: hours === null ? null : click(hours),
        }));
        const order = orderOf(lines);
        const escrow = (order.totalMinor * BigInt(kept)) / 10_000n;
        const split = splitRelease(order, escrow, rules, placedAt);
        const { sellerMinor, platformFeeMinor, ppnMinor, affiliateMinor, courierMinor, commissions } = split;
        expect(sellerMinor + platformFeeMinor + ppnMinor + affiliateMinor + courierMinor).toBe(escrow);
        expect(commissions.reduce((total, { amountMinor }) => total + amountMinor, 0n)).toBe(affiliateMinor);
        const parts = [sellerMinor, platformFeeMinor, ppnMinor, affiliateMinor];
        expect(parts.every((part) => part >= 0n)).toBe(true);
        const fee = Number(escrow) * 0.065;
        expect(Math.abs(Number(platformFeeMinor) - fee)).toBeLessThan(1.01);
        expect(Math.abs(Number(ppnMinor) - fee * 0.11)).toBeLessThan(1.01);
      }),
    );
  });

  test("with a shipping fee, gives it whole to the courier that is owed it, as far as refunds have left it", () => {
    const minor = (most: bigint) => fc.bigInt({ min: 0n, max: most });
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 10n ** 9n }),
        minor(10n ** 7n),
        minor(10n ** 10n),
        (goods, feeMinor, less) => {
          const plain = orderOf([{ id: "one", totalMinor: goods, attribution: click(1) }]);
          const totalMinor = goods + feeMinor;
          const escrow = less > totalMinor ? 0n : totalMinor - less;
          const left = escrow < feeMinor ? escrow : feeMinor;
          const bare = splitRelease(plain, escrow - left, rules, placedAt);
          const carried = { ...plain, totalMinor, shipping: { feeMinor, isCourierOwed: true } };
          expect(splitRelease(carried, escrow, rules, placedAt)).toEqual({ ...bare, courierMinor: left });
          const sent = { ...carried, shipping: { feeMinor, isCourierOwed: false } };
          const sellerMinor = bare.sellerMinor + left;
          expect(splitRelease(sent, escrow, rules, placedAt)).toEqual({ ...bare, sellerMinor });
        },
      ),
    );
  });

  test("without any rule, is all the shop's", () => {
    const order = orderOf([{ id: "one", totalMinor: 7n, attribution: click(1) }]);
    expect(splitRelease(order, 7n, [], placedAt)).toMatchObject({ sellerMinor: 7n, commissions: [] });
    expect(ruleAt(rules, "PPN", day("2022-03-31"))).toBeNull();
  });
});
