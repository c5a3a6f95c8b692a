import { closeTestRun, testRunFolder } from "./test-run.ts";

/** Jest calls it once after all workers. */
export default async function globalTeardown(): Promise<void> {
  await closeTestRun(testRunFolder());
}
