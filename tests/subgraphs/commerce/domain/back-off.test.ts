import { describe, expect, test } from "@jest/globals";
import { backOffMs } from "../../../../subgraphs/commerce/domain/back-off.ts";

describe("back-off", () => {
  test("repetitions wait two seconds, then twice as long each time, at most a minute", () => {
    expect([1, 2, 3, 4, 5, 6, 7, 100].map(backOffMs)).toEqual([
      2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000,
    ]);
  });

  test("a repetition before the first waits like the first", () => {
    expect(backOffMs(0)).toBe(2_000);
  });
});
