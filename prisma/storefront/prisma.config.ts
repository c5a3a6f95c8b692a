import process from "node:process";
import { defineConfig } from "prisma/config";

// `prisma generate` asks for the schema engine's file without running it; naming one spares the CLI a download.
if (process.argv.includes("generate")) process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

const url = process.env.STOREFRONT_MIGRATOR_DATABASE_URL ?? process.env.STOREFRONT_DATABASE_URL;

/** Prisma CLI configuration of the storefront organisation; the URL is the migrator's, who owns the tables. */
export default defineConfig({
  schema: "schema.prisma",
  migrations: { path: "migrations" },
  ...(url === undefined ? {} : { datasource: { url } }),
});
