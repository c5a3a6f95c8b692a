import { describe, expect, test } from "@jest/globals";
import { distanceOf } from "../../../sandbox/couriers/tariff.ts";
import { chargedKilograms } from "../../../sandbox/lintas-kurir/operations.ts";
import { chargedHalves, waktu } from "../../../sandbox/rantau-ekspres/operations.ts";

describe("what couriers charge by", () => {
  test("is at one whole kilograms with 300 g forgiven, at the other half kilograms of weight or space", () => {
    const grams = [1, 1_000, 1_300, 1_301, 2_300, 2_301];
    expect(grams.map(chargedKilograms)).toEqual([1, 1, 1, 2, 2, 3]);
    expect([0.1, 0.5, 0.501, 1.3, 1.5].map((kilograms) => chargedHalves(kilograms, 0))).toEqual([1, 1, 2, 3, 3]);
    expect([3_000, 3_001, 15_000].map((space) => chargedHalves(0.1, space))).toEqual([1, 2, 5]);
  });

  test("depends on whether city, province or neither is the same", () => {
    expect(distanceOf("317406", "317401")).toBe("city");
    expect(distanceOf("317406", "317306")).toBe("province");
    expect(distanceOf("317406", "327301")).toBe("country");
  });

  test("is told in Jakarta's time by the courier that writes no zone", () => {
    expect(waktu(new Date("2026-11-25T20:30:05Z"))).toBe("26-11-2026 03:30:05");
  });
});
