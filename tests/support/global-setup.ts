import { openTestRun } from "./test-run.ts";

/** Jest calls it once before all workers; PostgreSQL starts later, when the first test asks for a database. */
// biome-ignore lint/style/noDefaultExport: jest asks for one
export default async function globalSetup(): Promise<void> {
  await openTestRun();
}
