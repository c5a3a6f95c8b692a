import { join } from "node:path";
import pg from "pg";
import { z } from "zod";
import { readEnvironment } from "../../platform/runtime/config.ts";
import { createLogger } from "../../platform/runtime/logger.ts";
import { applyMigrations } from "../../platform/runtime/migrations.ts";
import { projectRoot } from "../../platform/runtime/project-root.ts";
import { runMain } from "../../platform/runtime/shutdown.ts";

// What the run-time role may do. Rows leave only where a viewer takes something back; history stays.
const grants: Readonly<Record<string, string>> = {
  viewer: "SELECT, INSERT, UPDATE",
  creator: "SELECT, INSERT, UPDATE",
  video: "SELECT, INSERT, UPDATE",
  showcase_item: "SELECT, INSERT",
  live_session: "SELECT, INSERT, UPDATE",
  live_pin: "SELECT, INSERT, UPDATE",
  live_session_like: "SELECT, INSERT, DELETE",
  live_viewer: "SELECT, INSERT, UPDATE, DELETE",
  comment: "SELECT, INSERT",
  video_like: "SELECT, INSERT, DELETE",
  video_view: "SELECT, INSERT",
  follow: "SELECT, INSERT, DELETE",
  idempotency: "SELECT, INSERT",
  told_event: "SELECT, INSERT, DELETE",
  product_standing: "SELECT, INSERT, UPDATE",
  content_sales: "SELECT, INSERT, UPDATE",
};

const environmentShape = z.object({
  STOREFRONT_DATABASE_URL: z.url(),
  STOREFRONT_MIGRATOR_DATABASE_URL: z.url().optional(),
});

function userOf(url: string): string {
  return decodeURIComponent(new URL(url).username);
}

async function grantTables(migratorUrl: string, runtimeRole: string): Promise<void> {
  const role = pg.escapeIdentifier(runtimeRole);
  const client = new pg.Client({ connectionString: migratorUrl, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    const statements = [
      "BEGIN",
      `GRANT USAGE ON SCHEMA public TO ${role}`,
      `REVOKE ALL ON ALL TABLES IN SCHEMA public FROM ${role}`,
      ...Object.entries(grants).map(([table, rights]) => `GRANT ${rights} ON "${table}" TO ${role}`),
      "COMMIT",
    ];
    await client.query(statements.join(";\n"));
  } finally {
    await client.end();
  }
}

const logger = createLogger("storefront-migrate");

runMain(logger, async (shutdown) => {
  const environment = readEnvironment(environmentShape, process.env);
  const runtimeUrl = environment.STOREFRONT_DATABASE_URL;
  const migratorUrl = environment.STOREFRONT_MIGRATOR_DATABASE_URL ?? runtimeUrl;
  const runtimeRole = userOf(runtimeUrl);
  const folder = join(projectRoot, "prisma", "storefront", "migrations");
  const applied = await applyMigrations({ folder, migratorUrl, runtimeRole });
  // With one role for everything there is nobody to grant to.
  if (runtimeRole !== userOf(migratorUrl)) await grantTables(migratorUrl, runtimeRole);
  logger.info({ applied }, "migrations are applied");
  await shutdown.now("migrations are applied");
});
