import { createHash, randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";

/** A migration cannot be applied, or one applied before is not what it was. Its message says what to do. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}

/** Where the migrations are and for whom they are applied. */
export interface MigrationSettings {
  /** Folder of `<name>/migration.sql`, in the layout of the Prisma CLI. */
  readonly folder: string;
  /** URL of the role that owns the tables. */
  readonly migratorUrl: string;
  /** Name of the run-time role; a migration reads it as `current_setting('etalase.runtime_role')`. */
  readonly runtimeRole: string;
}

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

// The lock and the table are those of the Prisma CLI, so that it and this runner agree about what is applied.
const prismaLock = 72_707_369;
const journal = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`;

function readMigrations(folder: string): Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, "migration.sql")))
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const sql = readFileSync(join(folder, name, "migration.sql"), "utf8");
      return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    });
}

function checkApplied(migrations: readonly Migration[], rows: readonly Record<string, unknown>[]): Set<string> {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const row of rows) {
    const name = String(row.migration_name);
    if (row.finished_at === null) {
      throw new MigrationError(
        `migration ${name} failed before; mend the database, then \`prisma migrate resolve\` it`,
      );
    }
    const migration = known.get(name);
    if (migration === undefined) {
      throw new MigrationError(
        `the database has migration ${name}, which this release does not know; run a newer release`,
      );
    }
    if (migration.checksum !== row.checksum) {
      throw new MigrationError(
        `migration ${name} was changed after it was applied; restore the file and add a new migration`,
      );
    }
  }
  return new Set(rows.map((row) => String(row.migration_name)));
}

async function applyOne(client: pg.Client, migration: Migration): Promise<void> {
  const id = randomUUID();
  await client.query('INSERT INTO "_prisma_migrations" (id, checksum, migration_name) VALUES ($1, $2, $3)', [
    id,
    migration.checksum,
    migration.name,
  ]);
  try {
    await client.query(migration.sql);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    await client.query("ROLLBACK").catch(() => undefined);
    await client.query('UPDATE "_prisma_migrations" SET logs = $2 WHERE id = $1', [id, reason]);
    throw new MigrationError(`migration ${migration.name} failed: ${reason}`, { cause });
  }
  await client.query('UPDATE "_prisma_migrations" SET finished_at = now(), applied_steps_count = 1 WHERE id = $1', [
    id,
  ]);
}

// Default privileges let the run-time role write new tables; which migrations are applied is not for it to say.
async function guardJournal(client: pg.Client, runtimeRole: string): Promise<void> {
  const { rows } = await client.query(
    `SELECT format('REVOKE ALL ON "_prisma_migrations" FROM %I', rolname) AS statement
     FROM pg_roles WHERE rolname = $1 AND rolname <> current_user`,
    [runtimeRole],
  );
  for (const row of rows) await client.query(String(row.statement));
}

/**
 * Applies an organisation's pending migrations in the order of their names, one runner at a time (advisory lock).
 * Answers the names it applied. @throws MigrationError; a failed migration stays unfinished and is refused until resolved.
 */
export async function applyMigrations(settings: MigrationSettings): Promise<string[]> {
  const migrations = readMigrations(settings.folder);
  const client = new pg.Client({ connectionString: settings.migratorUrl, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    await client.query("SELECT pg_advisory_lock($1)", [prismaLock]);
    await client.query("SELECT set_config('etalase.runtime_role', $1, false)", [settings.runtimeRole]);
    await client.query(journal);
    await guardJournal(client, settings.runtimeRole);
    const { rows } = await client.query(
      'SELECT migration_name, checksum, finished_at FROM "_prisma_migrations" WHERE rolled_back_at IS NULL',
    );
    const applied = checkApplied(migrations, rows);
    const pending = migrations.filter((migration) => !applied.has(migration.name));
    for (const migration of pending) await applyOne(client, migration);
    return pending.map((migration) => migration.name);
  } finally {
    await client.end();
  }
}
