import pg from "pg";
import { z } from "zod";
import { readEnvironment } from "../../../platform/runtime/config.ts";
import { createLogger } from "../../../platform/runtime/logger.ts";
import { runMain } from "../../../platform/runtime/shutdown.ts";
import { readDistricts } from "./areas.ts";
import { makeAssortment, type Row, scales } from "./assortment.ts";
import { makePayoutAccounts } from "./payout-accounts.ts";
import { makeVouchers } from "./vouchers.ts";

const environmentShape = z.object({
  COMMERCE_DATABASE_URL: z.url().optional(),
  COMMERCE_MIGRATOR_DATABASE_URL: z.url().optional(),
  ETALASE_SEED_SCALE: z.enum(Object.keys(scales) as (keyof typeof scales)[]).default("full"),
});

async function insertRows(client: pg.Client, table: string, rows: readonly Row[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {})
    .map((column) => pg.escapeIdentifier(column))
    .join(", ");
  const name = pg.escapeIdentifier(table);
  await client.query(
    `INSERT INTO ${name} (${columns}) SELECT ${columns} FROM json_populate_recordset(NULL::${name}, $1)`,
    [JSON.stringify(rows)],
  );
}

async function seedOnce(client: pg.Client, marker: string, tables: () => [string, readonly Row[]][]): Promise<boolean> {
  await client.query("BEGIN");
  // A second seeder waits here for the first one's transaction.
  const claimed = await client.query("INSERT INTO marker (name, at) VALUES ($1, now()) ON CONFLICT DO NOTHING", [
    marker,
  ]);
  const isNew = claimed.rowCount !== 0;
  if (isNew) {
    for (const [table, rows] of tables()) await insertRows(client, table, rows);
  }
  await client.query("COMMIT");
  return isNew;
}

/** Fills the tables, each set in one transaction; answers false when all was seeded before, whatever its scale. */
async function seed(client: pg.Client, scale: keyof typeof scales): Promise<boolean> {
  const isNew = await seedOnce(client, "seed", () => makeAssortment(scale, readDistricts()));
  const hasNewAccounts = await seedOnce(client, "payout-accounts", () => [
    ["payout_account", makePayoutAccounts(scale)],
  ]);
  const hasNewVouchers = await seedOnce(client, "vouchers", () => [["voucher", makeVouchers()]]);
  if (isNew) await client.query("ANALYZE");
  return isNew || hasNewAccounts || hasNewVouchers;
}

const logger = createLogger("commerce-seed");

runMain(logger, async (shutdown) => {
  const environment = readEnvironment(environmentShape, process.env);
  const url = environment.COMMERCE_MIGRATOR_DATABASE_URL ?? environment.COMMERCE_DATABASE_URL;
  if (url === undefined) throw new Error("set COMMERCE_MIGRATOR_DATABASE_URL to the database to fill");
  const scale = environment.ETALASE_SEED_SCALE;
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    const isNew = await seed(client, scale);
    logger.info({ scale, isNew }, isNew ? "seeded" : "was seeded before");
  } finally {
    await client.end();
  }
  await shutdown.now("seeded");
});
