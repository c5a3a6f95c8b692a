import { describe, expect, test } from "@jest/globals";
import { BoundedCache } from "../../../gateway/policy/bounded-cache.ts";

describe("a bounded cache", () => {
  test("one entry too many, forgets the one used longest ago", () => {
    const cache = new BoundedCache<string, number>(2);
    cache.set("a", 1);
    cache.set("b", 2);
    cache.get("a");
    cache.set("c", 3);
    expect([cache.get("a"), cache.get("b"), cache.get("c"), cache.size]).toEqual([1, undefined, 3, 2]);
  });

  test("an entry set again, is replaced and counted once", () => {
    const cache = new BoundedCache<string, number>(2);
    cache.set("a", 1);
    cache.set("a", 2);
    expect([cache.get("a"), cache.size]).toEqual([2, 1]);
  });
});
