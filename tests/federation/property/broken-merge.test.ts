import { expect, jest, test } from "@jest/globals";
import fc from "fast-check";
import type { EntityBatch } from "../../../gateway/pipeline/merge.ts";

// A comparison that cannot fail proves nothing: here every second entity is merged into its neighbour's place.
const merge = await import("../../../gateway/pipeline/merge.ts");
jest.unstable_mockModule("../../../gateway/pipeline/merge.ts", () => ({
  ...merge,
  mergeEntities: (batch: EntityBatch, entities: readonly unknown[], ...rest: [never, never, never]) => {
    const [first, second, ...others] = entities;
    const shifted = entities.length > 1 ? [second, first, ...others] : entities;
    merge.mergeEntities(batch, shifted, ...rest);
  },
}));
const { compareWithMerged } = await import("../support/compare-with-merged.ts");
const { openServedGateway } = await import("../support/served-gateway.ts");

test("a merge that confuses entities, compared with graphql-js, is caught", async () => {
  const compare = fc.asyncProperty(fc.gen(), async (gen) => {
    const pick = (below: number) => gen(fc.integer, { min: 0, max: below - 1 });
    expect((await compareWithMerged(pick, ["apollo"], 10, openServedGateway)).differences).toEqual([]);
  });
  const result = await fc.check(compare, { numRuns: 10, seed: 5, endOnFailure: true });
  expect(String(result.errorInstance)).toContain("toEqual");
}, 120_000);
