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

interface JournalRow {
  readonly id: string;
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished_at: Date | null;
  readonly logs: string | null;
}

/** A pending migration, and the journal's row of an earlier run that was interrupted over it. */
interface Pending {
  readonly migration: Migration;
  readonly interruptedRow: string | undefined;
}

// PL/pgSQL's BEGIN takes no semicolon, and its END is not looked for.
const endsTransaction = /^\s*(BEGIN(\s+\w+)*|START\s+TRANSACTION[^;]*|COMMIT(\s+\w+)*|ROLLBACK(\s+\w+)*)\s*;/im;
// Statements that cannot be carried out twice, and those after which they could.
const onlyOnce = /^\s*(CREATE (?!OR REPLACE|TEMP)|ALTER TYPE \S+ ADD VALUE |ALTER TABLE \S+ ADD COLUMN )/im;
const removes = /\b(DROP|RENAME|IF NOT EXISTS)\b/i;

function checkOwnTransactions(migrations: readonly Migration[]): void {
  const faulty = migrations.find(({ sql }) => endsTransaction.test(sql));
  if (faulty === undefined) return;
  throw new MigrationError(
    `migration ${faulty.name} begins or ends a transaction; leave that to the runner, which carries out all of it or nothing`,
  );
}

/**
 * Earlier releases wrote a row, the SQL (all or nothing) and the row's end in three commits, so that a row without end
 * or reason says only that one was interrupted. Where the SQL can succeed only once, its success shows that it had not been carried out.
 */
function mayHaveBeenCarriedOut({ sql }: Migration): boolean {
  return !onlyOnce.test(sql) || removes.test(sql);
}

function checkUnfinished(row: JournalRow, migration: Migration | undefined): void {
  const name = row.migration_name;
  if (row.logs !== null || migration === undefined) {
    throw new MigrationError(`migration ${name} failed before; mend the database, then \`prisma migrate resolve\` it`);
  }
  if (row.checksum !== migration.checksum || mayHaveBeenCarriedOut(migration)) {
    throw new MigrationError(
      `migration ${name} was interrupted, and whether it was carried out cannot be told; look, then \`prisma migrate resolve\` it as applied or rolled back`,
    );
  }
}

function findPending(migrations: readonly Migration[], rows: readonly JournalRow[]): Pending[] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const row of rows) {
    const migration = known.get(row.migration_name);
    if (row.finished_at === null) checkUnfinished(row, migration);
    else if (migration === undefined) {
      throw new MigrationError(
        `the database has migration ${row.migration_name}, which this release does not know; run a newer release`,
      );
    } else if (migration.checksum !== row.checksum) {
      throw new MigrationError(
        `migration ${migration.name} was changed after it was applied; restore the file and add a new migration`,
      );
    }
  }
  const found = new Map(rows.map((row) => [row.migration_name, row]));
  return migrations
    .filter(({ name }) => (found.get(name)?.finished_at ?? null) === null)
    .map((migration) => ({ migration, interruptedRow: found.get(migration.name)?.id }));
}

// Classes of faults that are not the SQL's: connection, serialisation, resources (a full disk), an operator's hand, the system.
const passingFaults = /^(08|40|53|57|58)|^55P03$/;

async function noteFailure(client: pg.Client, { migration, interruptedRow }: Pending, cause: unknown): Promise<never> {
  const reason = cause instanceof Error ? cause.message : String(cause);
  await client.query("ROLLBACK").catch(() => undefined);
  if (interruptedRow !== undefined) {
    throw new MigrationError(
      `migration ${migration.name} was interrupted, and cannot be carried out now (${reason}): if it had been already, \`prisma migrate resolve --applied\` it, else mend the database`,
      { cause },
    );
  }
  const code = (cause as { code?: unknown } | null)?.code;
  // Without a code the connection is gone, and with it all that was not committed.
  if (typeof code === "string" && !passingFaults.test(code)) {
    await client.query(
      'INSERT INTO "_prisma_migrations" (id, checksum, migration_name, logs) VALUES ($1, $2, $3, $4)',
      [randomUUID(), migration.checksum, migration.name, reason],
    );
  }
  throw new MigrationError(`migration ${migration.name} failed: ${reason}`, { cause });
}

// One transaction for the SQL and for what is said of it: a process that is killed leaves both or neither.
async function applyOne(client: pg.Client, pending: Pending): Promise<void> {
  const { migration, interruptedRow } = pending;
  try {
    await client.query("BEGIN");
    if (interruptedRow !== undefined) {
      await client.query('UPDATE "_prisma_migrations" SET rolled_back_at = now() WHERE id = $1', [interruptedRow]);
    }
    await client.query(migration.sql);
    await client.query(
      `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, clock_timestamp(), 1)`,
      [randomUUID(), migration.checksum, migration.name],
    );
    await client.query("COMMIT");
  } catch (cause) {
    await noteFailure(client, pending, cause);
  }
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
 * Each is one transaction with its row of the journal, so that a killed runner leaves nothing half done. Answers the names
 * it applied. @throws MigrationError; a migration whose SQL failed is refused until resolved.
 */
export async function applyMigrations(settings: MigrationSettings): Promise<string[]> {
  const migrations = readMigrations(settings.folder);
  checkOwnTransactions(migrations);
  const client = new pg.Client({ connectionString: settings.migratorUrl, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    await client.query("SELECT pg_advisory_lock($1)", [prismaLock]);
    await client.query("SELECT set_config('etalase.runtime_role', $1, false)", [settings.runtimeRole]);
    await client.query(journal);
    await guardJournal(client, settings.runtimeRole);
    const { rows } = await client.query<JournalRow>(
      'SELECT id, migration_name, checksum, finished_at, logs FROM "_prisma_migrations" WHERE rolled_back_at IS NULL',
    );
    const pending = findPending(migrations, rows);
    for (const one of pending) await applyOne(client, one);
    return pending.map(({ migration }) => migration.name);
  } finally {
    await client.end();
  }
}
