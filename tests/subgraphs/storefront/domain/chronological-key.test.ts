import { describe, expect, test } from "@jest/globals";
import { formatKey, isKey, parseKey } from "../../../../subgraphs/storefront/domain/chronological-key.ts";

const id = "01a20b25-ef1a-7603-81d7-65d33a685a6d";

describe("keys of lists that are newest first", () => {
  test("a key, written and read, is the same", () => {
    const at = new Date("2026-11-24T03:15:00.123Z");
    expect(parseKey(formatKey(at, id))).toEqual({ at, id });
  });

  test.each(["", ".", `1.${id} `, `-1.${id}`, `1e3.${id}`, `12345678901234.${id}`, "1.x", `1.${id.toUpperCase()}`])(
    "%j is no key",
    (text) => {
      expect(isKey(text)).toBe(false);
    },
  );
});
