import { describe, expect, test } from "@jest/globals";
import { readIdempotencyKey, readNumber, readText } from "../../../../subgraphs/storefront/domain/bounds.ts";

const bounds = { least: 1, most: 3 };

describe("texts", () => {
  test.each([
    ["a", "a"],
    [" abc ", "abc"],
    ["🌶🌶🌶", "🌶🌶🌶"],
    ["a\nb", "a\nb"],
  ])("%j, within its bounds, is kept without the space around it", (text, kept) => {
    expect(readText(text, "input.text", bounds)).toEqual({ ok: true, value: kept });
  });

  test.each(["", "  ", "\u200b", "abcd", "🌶🌶🌶🌶", "a".repeat(1_000_000)])(
    "%.10j, outside its bounds, is refused",
    (text) => {
      expect(readText(text, "input.text", bounds)).toEqual({
        ok: false,
        refusal: { code: "INVALID_INPUT", field: "input.text", message: "must have 1 to 3 characters" },
      });
    },
  );

  test.each(["\u0000", "\u202e", "a\u0007", "\u0085b", "\ud83d", "\udf36"])(
    "%j, which cannot be shown, is refused",
    (text) => {
      // A control character that counts as space is trimmed from the ends, and refused within.
      expect(readText(`x${text}y`, "input.text", bounds)).toMatchObject({
        refusal: { message: "must not contain control characters" },
      });
    },
  );
});

describe("numbers and keys", () => {
  test.each([
    [0, false],
    [1, true],
    [3, true],
    [4, false],
  ])("%d against 1 to 3 is within: %p", (value, isWithin) => {
    expect(readNumber(value, "input.n", bounds).ok).toBe(isWithin);
  });

  test.each([
    ["1234567", false],
    ["12345678", true],
    ["k".repeat(64), true],
    ["k".repeat(65), false],
    [" 1234567", false],
    ["        ", false],
    ["1234567\ud800", false],
  ])("the idempotency key %j is taken: %p", (key, isTaken) => {
    expect(readIdempotencyKey(key).ok).toBe(isTaken);
  });
});
