import { z } from "zod";
import { readEnvironment } from "../../platform/runtime/config.ts";
import { createLogger } from "../../platform/runtime/logger.ts";
import { runMain } from "../../platform/runtime/shutdown.ts";
import { migrateCommerce } from "./migration.ts";

const environmentShape = z.object({
  COMMERCE_DATABASE_URL: z.url(),
  COMMERCE_MIGRATOR_DATABASE_URL: z.url().optional(),
});

const logger = createLogger("commerce-migrate");

runMain(logger, async (shutdown) => {
  const environment = readEnvironment(environmentShape, process.env);
  const runtimeUrl = environment.COMMERCE_DATABASE_URL;
  const migratorUrl = environment.COMMERCE_MIGRATOR_DATABASE_URL ?? runtimeUrl;
  const applied = await migrateCommerce({ migratorUrl, runtimeUrl });
  logger.info({ applied }, "migrations are applied");
  await shutdown.now("migrations are applied");
});
