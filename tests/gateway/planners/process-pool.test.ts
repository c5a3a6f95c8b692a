import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { defaultPlanningLimits, type PlanningHost, startPlanning } from "../../../gateway/planners/planning-host.ts";
import { createProcessPool, defaultPoolLimits, type ProcessPool } from "../../../gateway/planners/process-pool.ts";
import { noLabels } from "../../../gateway/policy/labels.ts";
import { composeSupergraph } from "../../../tools/supergraph-composition.ts";
import { eventually } from "../support/test-gateway.ts";

jest.setTimeout(90_000);

const supergraphOf = (field: string) =>
  composeSupergraph([{ name: "a", url: "http://localhost/a", file: "a", sdl: `type Query { ${field}: Int }` }])
    .supergraphSdl;

let pool: ProcessPool;
const hosts: PlanningHost[] = [];

async function open(field: string, limits = defaultPlanningLimits): Promise<PlanningHost> {
  const host = await startPlanning(supergraphOf(field), "native", limits, pool);
  hosts.push(host);
  return host;
}

function isAlive(processId: number | undefined): boolean {
  try {
    return processId !== undefined && process.kill(processId, 0);
  } catch {
    return false;
  }
}

afterEach(async () => {
  pool.close();
  await Promise.all(hosts.splice(0).map((host) => host.close()));
});

describe("a planning process whose supergraph went out of use", () => {
  test("reads the next one, and plans by it alone", async () => {
    pool = createProcessPool();
    const first = await open("first");
    const processId = first.processId();
    await first.plan("{ first }", noLabels);
    first.retire();
    const second = await open("second");
    expect(second.processId()).toBe(processId);
    await expect(second.plan("{ second }", noLabels)).resolves.toMatchObject({ planner: "native" });
    await expect(second.plan("{ first }", noLabels)).rejects.toThrow();
    await expect(first.plan("{ first }", noLabels)).rejects.toMatchObject({ fault: "closed" });
  });

  test("is given back only when what waited has been planned", async () => {
    pool = createProcessPool();
    const first = await open("first");
    const planned = first.plan("{ first }", noLabels);
    first.retire();
    expect(pool.take()).toBeUndefined();
    await expect(planned).resolves.toMatchObject({ planner: "native" });
    await eventually(() => isAlive(first.processId()) === false);
    const second = await open("second");
    await expect(second.plan("{ second }", noLabels)).resolves.toMatchObject({ planner: "native" });
  });

  test.each([
    ["is one too many", { idleProcesses: 0 }],
    ["has waited long enough", { idleMs: 1 }],
  ])("is ended when it %s", async (_, limits) => {
    pool = createProcessPool({ ...defaultPoolLimits, ...limits });
    const first = await open("first");
    const processId = first.processId();
    first.retire();
    await eventually(() => !isAlive(processId));
    expect(pool.take()).toBeUndefined();
  });

  test("and that has grown, is replaced when it is to read another one", async () => {
    pool = createProcessPool();
    const first = await open("first");
    const processId = first.processId();
    first.retire();
    // It uses more than half of this by having started; a new process reads, whatever it uses.
    const second = await open("second", { ...defaultPlanningLimits, memoryBytes: 128 * 1024 * 1024 });
    expect(second.processId()).not.toBe(processId);
    await eventually(() => !isAlive(processId));
  });

  test("that was killed while it waited, is not used", async () => {
    pool = createProcessPool();
    const first = await open("first");
    const processId = first.processId() as number;
    first.retire();
    process.kill(processId, "SIGKILL");
    const second = await open("second");
    expect(second.processId()).not.toBe(processId);
    await expect(second.plan("{ second }", noLabels)).resolves.toMatchObject({ planner: "native" });
  });

  test("ends with the pool", async () => {
    pool = createProcessPool();
    const first = await open("first");
    const processId = first.processId();
    first.retire();
    expect(isAlive(processId)).toBe(true);
    pool.close();
    await eventually(() => !isAlive(processId));
  });
});
