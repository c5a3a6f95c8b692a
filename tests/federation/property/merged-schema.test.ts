import { afterAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { compareWithMerged } from "../support/compare-with-merged.ts";

// Hundreds of cases here; thousands with FEDERATION_PROPERTY_WORLDS. A failure prints seed
// and path: set FEDERATION_PROPERTY_SEED and FEDERATION_PROPERTY_PATH to see it again.
const worlds = Number(process.env.FEDERATION_PROPERTY_WORLDS ?? 10);
const seed = Number(process.env.FEDERATION_PROPERTY_SEED ?? Date.now() % 2 ** 31);
const path = process.env.FEDERATION_PROPERTY_PATH;
const queriesPerWorld = 15;
let compared = 0;

afterAll(() => {
  process.stdout.write(`federation property test: seed ${seed}, ${worlds} worlds, ${compared} answers compared\n`);
});

test(
  "random supergraphs, data and queries, answered over HTTP, agree with graphql-js over the merged schema",
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.gen(), async (gen) => {
        const pick = (below: number) => gen(fc.integer, { min: 0, max: below - 1 });
        const result = await compareWithMerged(pick, ["native", "apollo"], queriesPerWorld);
        compared += result.compared;
        expect(result.differences.slice(0, 1)).toEqual([]);
      }),
      { numRuns: worlds, seed, endOnFailure: true, ...(path === undefined ? {} : { path }) },
    );
    expect(compared).toBeGreaterThan(worlds * 10);
  },
  60_000 + worlds * 15_000,
);
