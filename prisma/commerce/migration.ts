import { join } from "node:path";
import { initializeDataSourceSchemaPG } from "@dbos-inc/dbos-sdk/datasource";
import { migrateSystemDatabase } from "@dbos-inc/dbos-sdk/internal/system_database";
import { GlobalLogger } from "@dbos-inc/dbos-sdk/internal/telemetry/logs";
import pg from "pg";
import { applyMigrations } from "../../platform/runtime/migrations.ts";
import { projectRoot } from "../../platform/runtime/project-root.ts";

/** Where commerce's database is: by its owner, and by the run-time role that the servers log in as. */
export interface MigrateSettings {
  readonly migratorUrl: string;
  readonly runtimeUrl: string;
}

// Append-only tables are known by their trigger, and the columns that may yet change by its arguments (kept as text, each
// ended by a zero byte), so that a new one needs no second list. Where the run-time role has less than that, the table's
// comment says what it has: "run-time role: SELECT, UPDATE (...)"; a role that owns the table keeps everything. Functions that
// not everybody may call say so likewise.
const grants = `
DO $$
DECLARE
  runtime_role text := current_setting('etalase.runtime_role');
  name text;
  is_append_only boolean;
  changeable text;
  stated text;
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', runtime_role);
  EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO %I', runtime_role);
  FOR name, is_append_only, stated, changeable IN
    SELECT c.relname, t.oid IS NOT NULL,
      CASE WHEN c.relowner <> quote_ident(runtime_role)::regrole THEN substring(obj_description(c.oid, 'pg_class') FROM '^run-time role: (.+)$') END,
      (SELECT string_agg(quote_ident(word), ', ') FROM unnest(string_to_array(encode(t.tgargs, 'escape'), '\\000')) word
       WHERE word <> '')
    FROM pg_class c LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND t.tgname = 'append_only'
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> '_prisma_migrations'
  LOOP
    IF stated IS NOT NULL THEN
      EXECUTE format('REVOKE ALL ON %I FROM %I', name, runtime_role);
      EXECUTE format('GRANT %s ON %I TO %I', stated, name, runtime_role);
    ELSIF is_append_only THEN
      EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM %I', name, runtime_role);
      EXECUTE format('GRANT SELECT, INSERT ON %I TO %I', name, runtime_role);
      IF changeable IS NOT NULL THEN
        EXECUTE format('GRANT UPDATE (%s) ON %I TO %I', changeable, name, runtime_role);
      END IF;
    ELSE
      EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO %I', name, runtime_role);
    END IF;
  END LOOP;
  FOR name IN
    SELECT p.oid::regprocedure::text FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace AND obj_description(p.oid, 'pg_proc') = 'run-time role: EXECUTE'
  LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', name, runtime_role);
  END LOOP;
END
$$`;

async function grantToRuntimeRole(migratorUrl: string, runtimeRole: string): Promise<void> {
  const client = new pg.Client({ connectionString: migratorUrl, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    await client.query("SELECT set_config('etalase.runtime_role', $1, false)", [runtimeRole]);
    await client.query(grants);
  } finally {
    await client.end();
  }
}

// The schema of the durable engine; its other half is subgraphs/commerce/store/durable/schema.ts.
const durableSchema = "durable";

/** Makes or migrates the durable engine's own tables, so that the run-time role, which has no DDL, finds them made. */
async function migrateDurableEngine(migratorUrl: string, runtimeRole: string): Promise<void> {
  const quiet = new GlobalLogger(undefined, { logLevel: "error" });
  await migrateSystemDatabase(migratorUrl, quiet, durableSchema, runtimeRole);
  const client = new pg.Client({ connectionString: migratorUrl, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    await client.query("BEGIN");
    await initializeDataSourceSchemaPG(async (sql) => (await client.query(sql)).rows, durableSchema, runtimeRole);
    // The engine grants everything on its tables; running takes rows, and a trigger would be DDL by another name.
    // One role for both keeps its rights: it is the owner.
    const { rows } = await client.query("SELECT current_user = $1 AS is_owner", [runtimeRole]);
    if (rows[0]?.is_owner !== true) {
      const role = pg.escapeIdentifier(runtimeRole);
      await client.query(`REVOKE TRUNCATE, TRIGGER, REFERENCES ON ALL TABLES IN SCHEMA ${durableSchema} FROM ${role}`);
      await client.query(`REVOKE INSERT, UPDATE, DELETE ON ${durableSchema}.dbos_migrations FROM ${role}`);
    }
    await client.query("COMMIT");
  } finally {
    await client.end();
  }
}

/**
 * Brings commerce's database up to this release and gives the run-time role what it needs: rows but no DDL, and
 * neither UPDATE, DELETE nor TRUNCATE on append-only tables (but for columns their trigger names). Answers the names of the migrations it applied.
 */
export async function migrateCommerce(settings: MigrateSettings): Promise<string[]> {
  const runtimeRole = decodeURIComponent(new URL(settings.runtimeUrl).username);
  const applied = await applyMigrations({
    folder: join(projectRoot, "prisma", "commerce", "migrations"),
    migratorUrl: settings.migratorUrl,
    runtimeRole,
  });
  await grantToRuntimeRole(settings.migratorUrl, runtimeRole);
  await migrateDurableEngine(settings.migratorUrl, runtimeRole);
  return applied;
}
