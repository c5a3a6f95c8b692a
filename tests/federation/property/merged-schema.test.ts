import { afterAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { compareWithMerged } from "../support/compare-with-merged.ts";
import { openServedGateway } from "../support/served-gateway.ts";

// Hundreds of cases here; thousands with FEDERATION_PROPERTY_WORLDS. The seed is fixed, so that a failure is the change's;
// search with others by FEDERATION_PROPERTY_SEED. A failure prints seed and path: FEDERATION_PROPERTY_PATH shows it again.
const worlds = Number(process.env.FEDERATION_PROPERTY_WORLDS ?? 7);
const seed = Number(process.env.FEDERATION_PROPERTY_SEED ?? 20_261_124);
const path = process.env.FEDERATION_PROPERTY_PATH;
const queriesPerWorld = 20;
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
        const result = await compareWithMerged(pick, ["native", "apollo"], queriesPerWorld, openServedGateway);
        compared += Object.values(result.compared).reduce((sum, count) => sum + count, 0);
        expect(result.differences.slice(0, 1)).toEqual([]);
      }),
      { numRuns: worlds, seed, endOnFailure: true, ...(path === undefined ? {} : { path }) },
    );
    expect(compared).toBeGreaterThan(worlds * 10);
  },
  120_000 + worlds * 45_000,
);
