import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { splitExactly } from "../../../../subgraphs/commerce/domain/largest-remainder.ts";

const weights = fc
  .array(fc.bigInt({ min: 0n, max: 10n ** 12n }), { minLength: 1, maxLength: 12 })
  .filter((all) => all.some((weight) => weight > 0n));
const amount = fc.bigInt({ min: 0n, max: 10n ** 14n });

const sumOf = (parts: readonly bigint[]): bigint => parts.reduce((total, part) => total + part, 0n);

describe("splitting an amount exactly", () => {
  test("leaves nothing over, gives each less than one unit more or less than its share, and nobody what they have no weight for", () => {
    fc.assert(
      fc.property(amount, weights, (whole, all) => {
        const parts = splitExactly(whole, all);
        expect(sumOf(parts)).toBe(whole);
        const total = sumOf(all);
        parts.forEach((part, index) => {
          const exact = whole * (all[index] ?? 0n);
          expect(part * total > exact - total && part * total < exact + total).toBe(true);
          if (all[index] === 0n) expect(part).toBe(0n);
        });
      }),
    );
  });

  test("among what remains of parts, never takes more of one than is there, and the last time takes all", () => {
    fc.assert(
      fc.property(weights, fc.array(fc.bigInt({ min: 1n, max: 10n ** 12n }), { maxLength: 8 }), (parts, refunds) => {
        let remaining = [...parts];
        for (const refund of refunds) {
          const taken = splitExactly(refund % (sumOf(remaining) + 1n), remaining);
          remaining = remaining.map((part, index) => part - (taken[index] ?? 0n));
          expect(remaining.every((part) => part >= 0n)).toBe(true);
        }
        expect(splitExactly(sumOf(remaining), remaining)).toEqual(remaining);
      }),
    );
  });

  test("gives the units left to the largest remainders, the first of equals first", () => {
    expect(splitExactly(100n, [1n, 1n, 1n])).toEqual([34n, 33n, 33n]);
    expect(splitExactly(10n, [15n, 25n, 60n])).toEqual([2n, 2n, 6n]);
    expect(splitExactly(0n, [0n, 0n])).toEqual([0n, 0n]);
  });

  test("of less than nothing, or among nobody, is refused", () => {
    expect(() => splitExactly(-1n, [1n])).toThrow(RangeError);
    expect(() => splitExactly(1n, [1n, -1n])).toThrow(RangeError);
    expect(() => splitExactly(1n, [0n])).toThrow(RangeError);
  });
});
