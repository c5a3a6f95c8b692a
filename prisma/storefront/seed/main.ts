import pg from "pg";
import { z } from "zod";
import { readEnvironment } from "../../../platform/runtime/config.ts";
import { createLogger } from "../../../platform/runtime/logger.ts";
import { runMain } from "../../../platform/runtime/shutdown.ts";
import { makeContent, type Row, scales } from "./content.ts";

const environmentShape = z.object({
  STOREFRONT_DATABASE_URL: z.url().optional(),
  STOREFRONT_MIGRATOR_DATABASE_URL: z.url().optional(),
  ETALASE_SEED_SCALE: z.enum(["full", "small"]).default("full"),
});

async function insertRows(client: pg.Client, table: string, rows: readonly Row[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {})
    .map((column) => pg.escapeIdentifier(column))
    .join(", ");
  if (columns === "") return;
  const name = pg.escapeIdentifier(table);
  await client.query(
    `INSERT INTO ${name} (${columns}) SELECT ${columns} FROM json_populate_recordset(NULL::${name}, $1)`,
    [JSON.stringify(rows)],
  );
}

/** Fills the tables in one transaction; answers false when a seed was applied before, whatever its scale. */
async function seed(client: pg.Client, scale: keyof typeof scales): Promise<boolean> {
  await client.query("BEGIN");
  // A second seeder waits here for the first one's transaction.
  const marker = await client.query(
    "INSERT INTO applied_seed (name, applied_at) VALUES ('storefront', now()) ON CONFLICT DO NOTHING",
  );
  if (marker.rowCount !== 0) {
    for (const [table, rows] of makeContent(scales[scale])) await insertRows(client, table, rows);
  }
  await client.query("COMMIT");
  if (marker.rowCount !== 0) await client.query("ANALYZE");
  return marker.rowCount !== 0;
}

const logger = createLogger("storefront-seed");

runMain(logger, async (shutdown) => {
  const environment = readEnvironment(environmentShape, process.env);
  const url = environment.STOREFRONT_MIGRATOR_DATABASE_URL ?? environment.STOREFRONT_DATABASE_URL;
  if (url === undefined) throw new Error("set STOREFRONT_MIGRATOR_DATABASE_URL to the database to fill");
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    const isNew = await seed(client, environment.ETALASE_SEED_SCALE);
    logger.info({ scale: environment.ETALASE_SEED_SCALE, isNew }, isNew ? "seeded" : "was seeded before");
  } finally {
    await client.end();
  }
  await shutdown.now("seeded");
});
