import { closeTestRun, testRunFolder } from "./test-run.ts";

/** Jest calls it once after all workers. */
// biome-ignore lint/style/noDefaultExport: jest asks for one
export default async function globalTeardown(): Promise<void> {
  await closeTestRun(testRunFolder());
}
