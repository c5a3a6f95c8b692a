import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  CurrencyMismatchError,
  DecimalFormatError,
  fromDecimal,
  sum,
  times,
  toDecimal,
} from "../../../platform/values/money.ts";

describe("money", () => {
  test("minor units, rendered as a decimal and read again, are the same amount", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }), (minor) => {
        expect(fromDecimal(toDecimal(minor))).toBe(minor);
      }),
    );
  });

  test("amounts below one unit, rendered, keep their zeros", () => {
    expect([0n, 5n, -5n, 100n, 14_900_050n].map(toDecimal)).toEqual(["0.00", "0.05", "-0.05", "1.00", "149000.50"]);
  });

  test.each(["1e3", "1.234", "1,000.00", " 1", "", "NaN", "0x10", "1.", "12345678901234567"])(
    "%j, read as a decimal, is refused",
    (text) => {
      expect(() => fromDecimal(text)).toThrow(DecimalFormatError);
    },
  );

  test("amounts of two currencies, added, are refused", () => {
    const rupiah = { amountMinor: 1n, currency: "IDR" };
    expect(() => sum([rupiah, { amountMinor: 1n, currency: "SGD" }], "IDR")).toThrow(CurrencyMismatchError);
    expect(sum([], "IDR")).toEqual({ amountMinor: 0n, currency: "IDR" });
  });

  test("a price above 32 bits of sen, multiplied, stays exact", () => {
    const price = { amountMinor: 2_147_483_647n, currency: "IDR" };
    expect(times(price, 99).amountMinor).toBe(212_600_881_053n);
  });
});
