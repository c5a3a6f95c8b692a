import { describe, expect, test } from "@jest/globals";
import { PlanCache } from "../../../gateway/plans/plan-cache.ts";

const cacheOf = (bytes: number) => new PlanCache<string>(bytes, (_, value) => value.length);
const made = (value: string) => () => Promise.resolve(value);

describe("the plan cache", () => {
  test("filled beyond its bytes, forgets what was used longest ago and stays within them", async () => {
    const cache = cacheOf(10);
    await cache.get("a", made("aaaa"));
    await cache.get("b", made("bbbb"));
    cache.peek("a");
    await cache.get("c", made("cccc"));
    expect(["a", "b", "c"].map((key) => cache.peek(key))).toEqual(["aaaa", undefined, "cccc"]);
    expect(cache.state()).toMatchObject({ entries: 2, bytes: 8 });
  });

  test("given what alone is larger than it may be, keeps nothing of it and everything else", async () => {
    const cache = cacheOf(10);
    await cache.get("a", made("aaaa"));
    expect(await cache.get("huge", made("x".repeat(11)))).toBe("x".repeat(11));
    expect(cache.state()).toMatchObject({ entries: 1, bytes: 4 });
  });

  test("asked by two at once, makes it once; after a failure, makes it anew", async () => {
    const cache = cacheOf(10);
    let makings = 0;
    const make = async () => {
      makings += 1;
      if (makings === 1) throw new Error("cannot be planned");
      return "plan";
    };
    const first = await Promise.allSettled([cache.get("a", make), cache.get("a", make)]);
    expect([first.map(({ status }) => status), makings]).toEqual([["rejected", "rejected"], 1]);
    expect([await cache.get("a", make), await cache.get("a", make), makings]).toEqual(["plan", "plan", 2]);
  });

  test("asked for the hottest, names those used most first and none that it forgot", async () => {
    const cache = cacheOf(8);
    for (const key of ["a", "b", "c"]) await cache.get(key, made(key.repeat(4)));
    cache.peek("c");
    expect(cache.hottest(5).map(([key]) => key)).toEqual(["c", "b"]);
  });

  test("given more of one kin than it keeps, forgets those of them used least and nothing else", async () => {
    const cache = cacheOf(1_000);
    await cache.get("other", made("x"));
    await cache.get("used 0", made("x"), "one");
    await cache.get("used 1", made("x"), "one");
    cache.peek("used 0");
    cache.peek("used 1");
    for (let n = 0; n < 100; n += 1) await cache.get(`tried ${n}`, made("x"), "one");
    expect(["other", "used 0", "used 1", "tried 0", "tried 99"].map((key) => cache.peek(key))).toEqual([
      "x",
      "x",
      "x",
      undefined,
      "x",
    ]);
    expect(cache.state()).toMatchObject({ entries: 33, bytes: 33 });
  });
});
