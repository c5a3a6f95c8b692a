import { describe, expect, test } from "@jest/globals";
import { createRateDesk } from "../../../../subgraphs/commerce/domain/shipping/rate-desk.ts";
import { rate, rates, scriptedCourier } from "./scripted-couriers.ts";

const basket = { shopId: "shop", originDistrict: "317406", weightGrams: 1_000 };

function desk() {
  let now = Date.parse("2026-11-25T03:00:00Z");
  const slow = scriptedCourier("slow", "Slow");
  const sound = scriptedCourier("sound", "Sound");
  const waits = (ms: number) => {
    now += ms;
  };
  slow.answer = async () => {
    waits(2_000);
    return { kind: "unknown", reason: "no answer within 2000 ms" };
  };
  sound.answer = rates(rate("REG", 10_000));
  return { slow, sound, waits, ask: createRateDesk([slow, sound], () => new Date(now)).ratesFor };
}

describe("the desk that asks couriers for rates", () => {
  test("after one let a buyer wait in vain, leaves it alone for five seconds, and asks it again then", async () => {
    const { slow, sound, waits, ask } = desk();
    for (const _ of Array.from({ length: 3 })) {
      const [found] = await ask([basket], "327301");
      expect(found?.silent.map(({ id }) => id)).toEqual(["slow"]);
      expect(found?.offers.map(({ courier }) => courier)).toEqual(["sound"]);
    }
    expect(slow.asked).toHaveLength(1);
    expect(sound.asked).toHaveLength(3);
    slow.answer = rates(rate("OKE", 7_000));
    waits(5_000);
    const [found] = await ask([basket], "327301");
    expect(found?.offers.map(({ service }) => service)).toEqual(["OKE", "REG"]);
  });

  test("asks one again at once that said at once that it cannot be reached", async () => {
    const { slow, ask } = desk();
    slow.answer = async () => ({ kind: "unknown", reason: "ECONNREFUSED" });
    await ask([basket], "327301");
    await ask([basket], "327301");
    expect(slow.asked).toHaveLength(2);
  });
});
