import { describe, expect, test } from "@jest/globals";
import { currencyCodeScalar, dateTimeScalar, decimalScalar, urlScalar } from "../../../platform/runtime/scalars.ts";

describe("scalars", () => {
  test("an instant with an offset, read, is the same instant in UTC when written", () => {
    expect(dateTimeScalar.serialize(dateTimeScalar.parseValue("2026-11-24T10:15:00+07:00"))).toBe(
      "2026-11-24T03:15:00.000Z",
    );
  });

  test.each(["2026-11-24", "2026-11-24T10:15:00", "yesterday", 1700000000000, null])(
    "%j is not a DateTime",
    (value) => {
      expect(() => dateTimeScalar.parseValue(value)).toThrow("DateTime");
    },
  );

  test.each(["javascript:alert(1)", "/relative", "ftp://example.com", `https://a/${"x".repeat(3000)}`, 1])(
    "%j is not a Url",
    (value) => {
      expect(() => urlScalar.parseValue(value)).toThrow("Url");
    },
  );

  test("floats are not decimals and lower case is no currency", () => {
    expect(() => decimalScalar.parseValue(1.5)).toThrow("Decimal");
    expect(() => currencyCodeScalar.parseValue("idr")).toThrow("CurrencyCode");
    expect(decimalScalar.parseValue("149000.00")).toBe("149000.00");
  });
});
