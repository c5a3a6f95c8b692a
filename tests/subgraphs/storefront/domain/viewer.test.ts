import { describe, expect, test } from "@jest/globals";
import { viewerOf } from "../../../../subgraphs/storefront/domain/viewer.ts";

describe("names of viewers", () => {
  test("a subject has one name at all times, of four hexadecimal digits", () => {
    expect(viewerOf("a-subject")).toEqual(viewerOf("a-subject"));
    expect(viewerOf("a-subject").name).toMatch(/^Pengguna [0-9A-F]{4}$/);
  });

  test("a thousand subjects share few names", () => {
    const names = new Set(Array.from({ length: 1000 }, (_, n) => viewerOf(`subject-${n}`).name));
    expect(names.size).toBeGreaterThan(950);
  });
});
