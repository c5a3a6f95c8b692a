import { openTestRun } from "./test-run.ts";

/** Jest calls it once before all workers; PostgreSQL starts later, when the first test asks for a database. */
export default async function globalSetup(): Promise<void> {
  await openTestRun();
}
