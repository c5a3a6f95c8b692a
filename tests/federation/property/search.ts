import process from "node:process";
import { parseArgs } from "node:util";
import fc from "fast-check";
import { openBareEngine } from "../support/bare-engine.ts";
import {
  type Comparison,
  compareWithMerged,
  type Difference,
  type OpenGateway,
} from "../support/compare-with-merged.ts";
import { PlanningChild } from "../support/planning-child.ts";

// Searches for differences between the engine and graphql-js over the merged schema, world by world. Each world has a
// seed of its own, which is printed when it differs: `npm run federation:property -- --seed N --worlds 1` shows it again.

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "5000" },
    queries: { type: "string", default: "40" },
    seed: { type: "string" },
    worlds: { type: "string" },
    /** Which part of the worlds, as `2/4`. */
    shard: { type: "string", default: "1/1" },
    planner: { type: "string", default: "both" },
    /** How many worlds may differ before the search ends. */
    differences: { type: "string", default: "5" },
  },
});

type PlannerName = "native" | "apollo";

const planners: PlannerName[] = values.planner === "both" ? ["native", "apollo"] : [values.planner as PlannerName];
const queriesPerWorld = Number(values.queries);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const [shard = 1, shards = 1] = values.shard.split("/").map(Number);
const wanted = Number(values.cases);

const children = { native: new PlanningChild("native"), apollo: new PlanningChild("apollo") };
const openBare: OpenGateway = async (subgraphs, planner, supergraphSdl) => {
  const endpoints = subgraphs.map(({ name, url }) => ({ service: name, url, timeoutMs: 60_000 }));
  return openBareEngine(await children[planner].use(supergraphSdl), endpoints);
};

/** A world is made by fast-check, so that the test with the same seed meets the same one. */
async function compareWorld(worldSeed: number): Promise<Comparison | { readonly failure: string }> {
  let result: Comparison | undefined;
  const property = fc.asyncProperty(fc.gen(), async (gen) => {
    const pick = (below: number) => gen(fc.integer, { min: 0, max: below - 1 });
    result = await compareWithMerged(pick, planners, queriesPerWorld, openBare);
  });
  const run = await fc.check(property, { seed: worldSeed, numRuns: 1, endOnFailure: true });
  return result ?? { failure: String(run.errorInstance) };
}

/** The reasons of a refusal (`planner: reasons: document`), alike for all that differ by names alone. */
function causeOf(text: string): string {
  const reasons = text.slice(0, text.search(/: (?:query|mutation|\{)/));
  return reasons
    .replaceAll(/"[^"]*"|`[^`]*`|\b\w*\d\w*\b|\{.*?\}/g, "~")
    .replaceAll(/\s+/g, " ")
    .slice(0, 300);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

const compared = new Map<string, number>();
const differing: number[] = [];
const unusable: number[] = [];
const total = () => [...compared.values()].reduce((sum, count) => sum + count, 0);
const isDone = (world: number) =>
  values.worlds === undefined ? total() >= wanted : world >= Number(values.worlds) * shards;

print(`federation property search: seed ${seed}, shard ${shard}/${shards}, planners ${planners.join(" and ")}`);
/** How many documents were refused, by the planners' words without names and numbers, and the seed of the first. */
const refusals = new Map<string, { count: number; readonly firstSeed: number }>();
let lastReport = Date.now();
for (let world = shard - 1; !isDone(world); world += shards) {
  const worldSeed = seed + world;
  const result = await compareWorld(worldSeed);
  if ("failure" in result) {
    unusable.push(worldSeed);
    print(`seed ${worldSeed} makes no usable world: ${result.failure.slice(0, 2_000)}`);
    if (unusable.length >= 20) break;
    continue;
  }
  for (const text of result.unplanned) {
    const cause = causeOf(text);
    const known = refusals.get(cause) ?? { count: 0, firstSeed: worldSeed };
    known.count += 1;
    refusals.set(cause, known);
  }
  if (values.worlds === "1") {
    for (const text of result.unplanned) print(`not planned: ${text}`);
    for (const [name, sdl] of Object.entries(result.subgraphs)) print(`# ${name}\n${sdl}`);
  }
  for (const [planner, count] of Object.entries(result.compared))
    compared.set(planner, (compared.get(planner) ?? 0) + count);
  if (result.differences.length > 0) {
    differing.push(worldSeed);
    print(`seed ${worldSeed} differs ${result.differences.length} times; the first:`);
    const [{ planner, query, expected, found }] = result.differences as [Difference];
    print(`${planner}: ${query.query.replace(/\s+/g, " ")}\nwith ${JSON.stringify([query.variables, query.labels])}`);
    print(`expected ${JSON.stringify(expected)}\nfound    ${JSON.stringify(found)}`);
    if (differing.length >= Number(values.differences)) break;
  }
  if (Date.now() - lastReport > 10_000) {
    lastReport = Date.now();
    print(`  ${total()} answers compared, ${differing.length} worlds differ`);
  }
}
const counts = [...compared].map(([planner, count]) => `${count} by ${planner}`).join(", ");
print(
  `seed ${seed}, shard ${shard}/${shards}: ${total()} answers compared (${counts}); worlds that differ: ${differing.length}`,
);
if (differing.length > 0) print(`seeds that differ: ${differing.join(", ")}`);
if (unusable.length > 0) print(`seeds without a usable world: ${unusable.join(", ")}`);
const unplanned = [...refusals.values()].reduce((sum, { count }) => sum + count, 0);
print(`documents that no planner could plan, which clients are told: ${unplanned}`);
for (const [cause, { count, firstSeed }] of [...refusals].sort(([, a], [, b]) => b.count - a.count))
  print(`${String(count).padStart(6)} (first with seed ${firstSeed}) ${cause}`);
print(`documents over which the native planner aborted, planned by the other: ${children.native.abortedOver.length}`);
if (values.worlds === "1") for (const text of children.native.abortedOver) print(text.replace(/\s+/g, " "));
for (const child of Object.values(children)) child.close();
process.exitCode = differing.length > 0 || total() === 0 ? 1 : 0;
