import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { defaultPlanningLimits, type PlanningHost, startPlanning } from "../../../gateway/planners/planning-host.ts";
import { fetchesOf } from "../../../gateway/plans/plan.ts";
import { noLabels } from "../../../gateway/policy/labels.ts";
import { composeSupergraph } from "../../../tools/supergraph-composition.ts";
import { eventually } from "../support/test-gateway.ts";

jest.setTimeout(90_000);

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
});

describe("a planning process", () => {
  const open = (limits: object, planner: "native" | "apollo" = "native") =>
    startPlanning(supergraph, planner, { ...defaultPlanningLimits, ...limits });
  const kill = (host: PlanningHost, signal: NodeJS.Signals) => {
    const pid = host.processId();
    if (pid !== undefined) process.kill(pid, signal);
    return pid;
  };

  test("one that was killed, is replaced, and the operation that waited for it is planned", async () => {
    const host = await open({});
    const killed = kill(host, "SIGKILL");
    expect((await host.plan(small, noLabels)).root).toBeDefined();
    expect(host.processId()).not.toBe(killed);
    await host.close();
  });

  test("one that hangs, costs the one operation, which is then refused at once for a while", async () => {
    const host = await open({ planMs: 500 });
    kill(host, "SIGSTOP");
    const failure = { name: "PlanningError", isTimeout: true };
    await expect(host.plan(small, noLabels)).rejects.toMatchObject(failure);
    const startedAt = performance.now();
    await expect(host.plan(small, noLabels)).rejects.toThrow("a short while ago");
    expect(performance.now() - startedAt).toBeLessThan(400);
    await eventually(() => host.plan("{ t { ownc } }", noLabels).then(Boolean, () => false));
    await host.close();
  });

  test("a second one that ends without a plan, is replaced after a pause, and the next one plans", async () => {
    // Longer than a start takes: without the pause, the test would see it.
    const restartMs = 8_000;
    const host = await open({ restartMs });
    const pauses: number[] = [];
    for (let n = 0; n < 2; n += 1) {
      const killed = kill(host, "SIGKILL");
      const killedAt = performance.now();
      await eventually(() => host.processId() !== undefined && host.processId() !== killed);
      pauses.push(performance.now() - killedAt);
    }
    expect(pauses[1]).toBeGreaterThanOrEqual(restartMs);
    expect((await host.plan(small, noLabels)).root).toBeDefined();
    await host.close();
  });

  test("one that ended over as many documents as it may in a minute, leaves the next ones to Apollo's planner", async () => {
    const host = await open({ crashesPerMinute: 1 });
    const before = await host.plan(small, noLabels);
    const ended = host.plan("{ t { owna } }", noLabels);
    kill(host, "SIGKILL");
    const plans = [before, await ended, await host.plan("{ t { ownc } }", noLabels)];
    expect(plans.map(({ planner }) => planner)).toEqual(["native", "apollo", "apollo"]);
    await host.close();
  });

  test("one that uses more memory than it may, is replaced after the plan", async () => {
    const host = await open({ memoryBytes: 64 * 2 ** 20 });
    const before = host.processId();
    await host.plan(small, noLabels);
    await host.plan("{ t { ownc } }", noLabels);
    expect(host.processId()).not.toBe(before);
    await host.close();
  });

  test("more operations than may wait, are refused at once, and the others are planned", async () => {
    const host = await open({ waiting: 2 });
    const asked = ["a", "b", "c", "d", "e"].map((alias) => host.plan(`{ ${alias}: t { owna } }`, noLabels));
    const outcomes = (await Promise.allSettled(asked)).map(({ status }) => status);
    // One is being planned, two wait.
    expect(outcomes).toEqual(["fulfilled", "fulfilled", "fulfilled", "rejected", "rejected"]);
    await host.close();
  });
});

test("a supergraph that is none, is refused with a reason", async () => {
  await expect(startPlanning("type Query { a: Int }", "native", defaultPlanningLimits)).rejects.toThrow(
    /cannot be planned for/,
  );
});
