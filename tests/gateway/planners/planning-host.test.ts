import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { defaultPlanningLimits, type PlanningHost, startPlanning } from "../../../gateway/planners/planning-host.ts";
import { fetchesOf } from "../../../gateway/plans/plan.ts";
import { noLabels } from "../../../gateway/policy/labels.ts";
import { composeSupergraph } from "../../../tools/supergraph-composition.ts";

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])';
// Fields that many subgraphs share make Apollo's planner weigh very many plans.
const shared = Array.from({ length: 6 }, (_, n) => `f${n}: T @shareable`).join(" ");
const supergraph = composeSupergraph(
  ["a", "b", "c", "d"].map((name) => ({
    name,
    url: `http://localhost/${name}`,
    file: name,
    sdl: `${link} type Query { t: T @shareable only${name}: Int } type T @key(fields: "id") { id: ID! ${shared} own${name}: Int }`,
  })),
).supergraphSdl;
const nested = (depth: number): string =>
  depth === 0 ? "owna ownb ownc ownd" : Array.from({ length: 3 }, (_, n) => `f${n} { ${nested(depth - 1)} }`).join(" ");
const small = "{ t { owna ownb } }";

describe.each(["native", "apollo"] as const)("planner %s", (planner) => {
  let host: PlanningHost;
  beforeAll(async () => {
    host = await startPlanning(supergraph, planner, defaultPlanningLimits);
  });
  afterAll(() => host.close());

  test("a document, planned, is a plan of the planner that was asked for", async () => {
    const plan = await host.plan(small, noLabels);
    expect(plan.planner).toBe(planner);
    expect(new Set(fetchesOf(plan.root).map(({ subgraph }) => subgraph))).toEqual(new Set(["a", "b"]));
  });

  test("a document that no planner can read, is refused and costs nothing else", async () => {
    const [bad, good] = await Promise.allSettled([host.plan("{ nothing }", noLabels), host.plan(small, noLabels)]);
    expect([bad.status, good.status]).toEqual(["rejected", "fulfilled"]);
  });
});

test("a planner that takes too long, costs the one operation and plans the next", async () => {
  const host = await startPlanning(supergraph, "apollo", { ...defaultPlanningLimits, planMs: 150 });
  const [slow, next] = await Promise.allSettled([
    host.plan(`{ t { ${nested(6)} } }`, noLabels),
    host.plan(small, noLabels),
  ]);
  expect(slow).toMatchObject({ status: "rejected", reason: { name: "PlanningError", isTimeout: true } });
  // The first plan after a restart also warms the planner up, so it may be late as well; the one after it is not.
  if (next.status === "rejected") expect(next.reason.isTimeout).toBe(true);
  await host.close();
}, 60_000);

test("a supergraph that is none, is refused with a reason", async () => {
  await expect(startPlanning("type Query { a: Int }", "native", defaultPlanningLimits)).rejects.toThrow(
    /cannot be planned for/,
  );
});
