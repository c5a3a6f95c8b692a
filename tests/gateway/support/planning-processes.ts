import { afterAll } from "@jest/globals";
import { createProcessPool, defaultPoolLimits } from "../../../gateway/planners/process-pool.ts";

/** Planning processes of the gateways of one test file, which it starts one after another: each new one costs a second. */
export const processPool = createProcessPool({ ...defaultPoolLimits, idleProcesses: 2 });

afterAll(() => processPool.close());
