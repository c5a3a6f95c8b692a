import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { defaultPlanningLimits, type PlanningHost, startPlanning } from "../../../gateway/planners/planning-host.ts";
import { fetchesOf } from "../../../gateway/plans/plan.ts";
import { noLabels } from "../../../gateway/policy/labels.ts";
import { composeSupergraph } from "../../../tools/supergraph-composition.ts";
import { eventually } from "../support/test-gateway.ts";

jest.setTimeout(90_000);

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])';
const supergraph = composeSupergraph(
  ["a", "b", "c", "d"].map((name) => ({
    name,
    url: `http://localhost/${name}`,
    file: name,
    sdl: `${link} type Query { t: T @shareable only${name}: Int } type T @key(fields: "id") { id: ID! own${name}: Int }`,
  })),
).supergraphSdl;
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

// Entities of three types, each of which every subgraph can go on from: Apollo's planner takes minutes over two levels.
const wide = composeSupergraph(
  ["a", "b", "c"].map((name) => ({
    name,
    url: `http://localhost/${name}`,
    file: name,
    sdl: `${link} type Query { ${name === "a" ? "n: I" : `own${name}: Int`} } interface I { id: ID! me: I }
      ${["A", "B", "C"].map((type) => `type ${type} implements I @key(fields: "id") { id: ID! me: I @shareable f${name}: I }`).join(" ")}`,
  })),
).supergraphSdl;
const deferred = (alias: string) => `{ n { ${alias}: id ... @defer(label: "d") { me { id me { id } } } } }`;
const slow = { name: "PlanningError", isTimeout: true };

describe("documents that Apollo's planner takes long over", () => {
  const open = (limits: object, planner: "native" | "apollo") =>
    startPlanning(wide, planner, { ...defaultPlanningLimits, ...limits });

  test("with @defer, do not keep the native planner from planning others, and fail", async () => {
    const host = await open({ planMs: 2_000 }, "native");
    const attacks = Promise.allSettled(["x", "y", "z"].map((alias) => host.plan(deferred(alias), noLabels)));
    await eventually(() => host.processId("apollo") !== undefined);
    const winner = await Promise.race([attacks, host.plan("{ n { fresh: id } }", noLabels)]);
    expect(winner).toMatchObject({ planner: "native" });
    expect(await attacks).toMatchObject(Array(3).fill({ status: "rejected", reason: slow }));
    await host.close();
  });

  test("without, are planned by the native one instead", async () => {
    const host = await open({ planMs: 500 }, "apollo");
    expect(await host.plan("{ n { me { id me { id me { id } } } } }", noLabels)).toMatchObject({ planner: "native" });
    await host.close();
  });

  test("in variants, fail all together when one does, and are refused at once afterwards", async () => {
    const host = await open({ planMs: 60_000, sharedPlanMs: 1_000 }, "native");
    const aliases = Array.from({ length: 20 }, (_, n) => `v${n}`);
    const attacks = await Promise.allSettled(aliases.map((alias) => host.plan(deferred(alias), noLabels)));
    expect(attacks).toMatchObject(Array(20).fill({ status: "rejected", reason: slow }));
    await expect(host.plan(deferred("w"), noLabels)).rejects.toThrow("planning one like it took too long");
    // Another document of that planner's is planned: its process was replaced once, not twenty times.
    expect(await host.plan('{ n { id ... @defer(label: "d") { again: id } } }', noLabels)).toMatchObject({
      planner: "apollo",
    });
    await host.close();
  });

  test("alone, have the longer time until somebody else waits", async () => {
    const host = await open({ planMs: 60_000, sharedPlanMs: 200 }, "native");
    const attack = host.plan(deferred("x"), noLabels);
    attack.catch(() => undefined);
    await eventually(() => host.processId("apollo") !== undefined);
    const before = host.processId("apollo");
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(host.processId("apollo")).toBe(before);
    const other = host.plan('{ n { id ... @defer(label: "d") { again: id } } }', noLabels);
    await expect(attack).rejects.toMatchObject(slow);
    await expect(other).resolves.toMatchObject({ planner: "apollo" });
    await host.close();
  });

  test("before others, make them wait no longer than they may", async () => {
    const host = await open({ planMs: 60_000, sharedPlanMs: 60_000, waitMs: 300 }, "native");
    const attack = host.plan(deferred("x"), noLabels);
    attack.catch(() => undefined);
    await eventually(() => host.processId("apollo") !== undefined);
    await expect(host.plan('{ n { id ... @defer(label: "d") { again: id } } }', noLabels)).rejects.toMatchObject({
      fault: "crowded",
      isTimeout: true,
    });
    await host.close();
  });
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

  test("one that hangs, is replaced, and the other planner plans what waited for it and what is like it", async () => {
    const host = await open({ planMs: 500 });
    kill(host, "SIGSTOP");
    const hung = host.processId();
    expect((await host.plan(small, noLabels)).planner).toBe("apollo");
    const startedAt = performance.now();
    expect((await host.plan("{ alias: t { owna ownb } }", noLabels)).planner).toBe("apollo");
    expect(performance.now() - startedAt).toBeLessThan(400);
    await eventually(() => host.processId() !== undefined && host.processId() !== hung);
    expect((await host.plan("{ t { ownc } }", noLabels)).planner).toBe("native");
    await host.close();
  });

  test("of the planner that is needed now and then, is there when needed and ended when not", async () => {
    const host = await open({ idleMs: 100 });
    expect(host.processId("apollo")).toBeUndefined();
    await host.plan('{ t { owna ... @defer(label: "d") { ownb } } }', noLabels);
    await eventually(() => host.processId("apollo") === undefined);
    expect((await host.plan('{ t { owna ... @defer(label: "d") { ownc } } }', noLabels)).planner).toBe("apollo");
    expect(host.processId()).toBeDefined();
    await host.close();
  });

  test("whose supergraph is retired, plans what waits, and ends with all others", async () => {
    const host = await open({});
    const last = host.plan('{ t { owna ... @defer(label: "d") { ownb } } }', noLabels);
    host.retire();
    expect((await last).planner).toBe("apollo");
    await expect(host.plan(small, noLabels)).rejects.toMatchObject({ fault: "closed" });
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
