import pg from "pg";
import type { EmbeddedPostgres } from "./embedded-postgres.ts";
import { LaunchError, systemCode } from "./launch-error.ts";
import type { Organisation } from "./organisations.ts";

/** postgresql:// URLs of an organisation's database, one for each of its login roles. */
export interface DatabaseUrls {
  /** The role that owns the database and its tables: migrations and seed. */
  readonly migrator: string;
  /** The role of the running programs: no DDL. */
  readonly runtime: string;
}

/** Passwords of an organisation's login roles. */
export interface RolePasswords {
  readonly migrator: string;
  readonly runtime: string;
}

async function withClient<Value>(url: string, work: (client: pg.Client) => Promise<Value>): Promise<Value> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  // A server that dies meanwhile fails the query; the event of the same fault must not end the process.
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function exists(client: pg.Client, catalogue: "pg_roles" | "pg_database", name: string): Promise<boolean> {
  const column = catalogue === "pg_roles" ? "rolname" : "datname";
  const { rows } = await client.query(`SELECT FROM ${catalogue} WHERE ${column} = $1`, [name]);
  return rows.length > 0;
}

const id = pg.escapeIdentifier;

async function ensureRole(client: pg.Client, name: string, password: string): Promise<void> {
  const verb = (await exists(client, "pg_roles", name)) ? "ALTER" : "CREATE";
  await client.query(
    `${verb} ROLE ${id(name)} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD ${pg.escapeLiteral(password)}`,
  );
}

async function restrictDatabase(client: pg.Client, organisation: Organisation, database: string): Promise<void> {
  await client.query(`REVOKE ALL ON DATABASE ${id(database)} FROM PUBLIC`);
  await client.query(`GRANT CONNECT ON DATABASE ${id(database)} TO ${id(`${organisation}_runtime`)}`);
}

async function grantTables(client: pg.Client, organisation: Organisation): Promise<void> {
  const migrator = id(`${organisation}_migrator`);
  const runtime = id(`${organisation}_runtime`);
  await client.query(`
    ALTER SCHEMA public OWNER TO ${migrator};
    REVOKE ALL ON SCHEMA public FROM PUBLIC;
    GRANT USAGE ON SCHEMA public TO ${runtime};
    ALTER DEFAULT PRIVILEGES FOR ROLE ${migrator} GRANT USAGE ON SCHEMAS TO ${runtime};
    ALTER DEFAULT PRIVILEGES FOR ROLE ${migrator} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${runtime};
    ALTER DEFAULT PRIVILEGES FOR ROLE ${migrator} GRANT USAGE, SELECT ON SEQUENCES TO ${runtime};
  `);
}

/** Large objects are written with PUBLIC's leave and counted by nothing: no program here has use for them. */
async function closeLargeObjects(client: pg.Client): Promise<void> {
  await client.query(`DO $$
    DECLARE large_object_function regprocedure;
    BEGIN
      FOR large_object_function IN
        SELECT oid::regprocedure FROM pg_proc
        WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ '^(lo_|loread$|lowrite$)'
      LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', large_object_function);
      END LOOP;
    END $$`);
}

/** The URLs of an organisation's roles for a database of the embedded server. */
export function databaseUrls(
  server: EmbeddedPostgres,
  organisation: Organisation,
  passwords: RolePasswords,
  database: string = organisation,
): DatabaseUrls {
  return {
    migrator: server.roleUrl(database, `${organisation}_migrator`, passwords.migrator),
    runtime: server.roleUrl(database, `${organisation}_runtime`, passwords.runtime),
  };
}

/** Closes the server's own databases to everybody but the superuser. Once for a server, before any organisation's. */
export async function closeSharedDatabases(server: EmbeddedPostgres): Promise<void> {
  await withClient(server.superuserUrl("postgres"), async (client) => {
    await client.query(
      "REVOKE CONNECT ON DATABASE postgres FROM PUBLIC; REVOKE CONNECT ON DATABASE template1 FROM PUBLIC",
    );
  });
}

/**
 * Makes an organisation's two login roles and its database, or brings them up to date: `<organisation>_migrator` owns
 * the database and what is made in it; `<organisation>_runtime` reads and writes rows. Nobody else can connect.
 * What the run-time role may not do with a table (change the ledger), the table's migration takes from it.
 */
export async function ensureDatabase(
  server: EmbeddedPostgres,
  organisation: Organisation,
  passwords: RolePasswords,
  database: string = organisation,
): Promise<DatabaseUrls> {
  const owner = `${organisation}_migrator`;
  await withClient(server.superuserUrl("postgres"), async (client) => {
    await ensureRole(client, owner, passwords.migrator);
    await ensureRole(client, `${organisation}_runtime`, passwords.runtime);
    if (!(await exists(client, "pg_database", database))) {
      await client.query(`CREATE DATABASE ${id(database)} OWNER ${id(owner)} TEMPLATE template0`);
    }
    await restrictDatabase(client, organisation, database);
  });
  await withClient(server.superuserUrl(database), async (client) => {
    await grantTables(client, organisation);
    await closeLargeObjects(client);
  });
  return databaseUrls(server, organisation, passwords, database);
}

/** Copies a database under a new name; its owner and who may connect are set anew, because a copy does not bring them. */
export async function cloneDatabase(
  server: EmbeddedPostgres,
  organisation: Organisation,
  passwords: RolePasswords,
  from: string,
  to: string,
): Promise<DatabaseUrls> {
  await withClient(server.superuserUrl("postgres"), async (client) => {
    await client.query(`CREATE DATABASE ${id(to)} OWNER ${id(`${organisation}_migrator`)} TEMPLATE ${id(from)}`);
    await restrictDatabase(client, organisation, to);
  });
  return databaseUrls(server, organisation, passwords, to);
}

/** Drops a database and ends the sessions in it; one that is gone already is no error. */
export async function dropDatabase(server: EmbeddedPostgres, database: string): Promise<void> {
  await withClient(server.superuserUrl("postgres"), (client) =>
    client.query(`DROP DATABASE IF EXISTS ${id(database)} WITH (FORCE)`),
  );
}

/** The variable that names an organisation's database. */
export function databaseVariable(organisation: Organisation, role: keyof DatabaseUrls): string {
  const prefix = organisation.toUpperCase();
  return role === "runtime" ? `${prefix}_DATABASE_URL` : `${prefix}_MIGRATOR_DATABASE_URL`;
}

/** A server of the operator's own, as the environment names it. */
export interface ExternalDatabase {
  readonly urls: DatabaseUrls;
  /** What the operator should know; undefined when all is as it should be. */
  readonly warning: string | undefined;
}

/**
 * The operator's own database of an organisation; undefined when the environment names none and the embedded server
 * serves. @throws LaunchError when only the migrator's URL is set.
 */
export function externalDatabase(
  organisation: Organisation,
  environment: NodeJS.ProcessEnv,
): ExternalDatabase | undefined {
  const names = {
    runtime: databaseVariable(organisation, "runtime"),
    migrator: databaseVariable(organisation, "migrator"),
  };
  const runtime = environment[names.runtime] || undefined;
  const migrator = environment[names.migrator] || undefined;
  if (runtime === undefined && migrator !== undefined) {
    throw new LaunchError(`${names.migrator} is set without ${names.runtime}: set both, or neither.`);
  }
  if (runtime === undefined) return undefined;
  const warning = `${names.migrator} is not set: ${organisation}'s programs run as the owner of its tables; give them a role of their own.`;
  return { urls: { runtime, migrator: migrator ?? runtime }, warning: migrator === undefined ? warning : undefined };
}

async function canConnect(asRole: string, toDatabase: string): Promise<boolean> {
  const url = new URL(toDatabase);
  const { username, password } = new URL(asRole);
  url.username = username;
  url.password = password;
  return withClient(url.href, async () => true).catch(() => false);
}

/**
 * Tells, in sentences, which roles of one organisation can connect to the database of another: the operator's own
 * server lets everybody in unless it was told otherwise.
 */
export async function openBorders(databases: ReadonlyMap<Organisation, ExternalDatabase>): Promise<string[]> {
  const warnings: string[] = [];
  for (const [organisation, { urls }] of databases) {
    for (const [other, { urls: theirs }] of databases) {
      if (other === organisation) continue;
      for (const url of new Set([urls.runtime, urls.migrator])) {
        if (!(await canConnect(url, theirs.runtime))) continue;
        const role = decodeURIComponent(new URL(url).username);
        warnings.push(
          `${organisation}'s role ${role} can connect to ${other}'s database: give each its own role, and REVOKE CONNECT, TEMPORARY ON DATABASE ${decodeURIComponent(new URL(theirs.runtime).pathname.slice(1))} FROM PUBLIC.`,
        );
      }
    }
  }
  return warnings;
}

function reasonOf(error: unknown, url: URL): string {
  const place = `${url.hostname}:${url.port || "5432"}`;
  const code = systemCode(error);
  if (code === "28P01" || code === "28000") return `the server at ${place} refuses its user or password`;
  if (code === "3D000") return `the server at ${place} has no database ${url.pathname.slice(1)}`;
  if (code === "42501") return `its user may not connect to the database ${url.pathname.slice(1)} at ${place}`;
  const message = error instanceof Error ? error.message : "";
  if (/does not support SSL/.test(message)) return `the server at ${place} has no TLS, which the URL asks for`;
  if (/terminated unexpectedly/.test(message)) return `the server at ${place} closes the connection at once`;
  return `no PostgreSQL answers at ${place} (${code ?? "no answer in 10 s"})`;
}

/** Makes sure that an operator's database answers. @throws LaunchError naming the variable, never the password. */
export async function checkReachable(variable: string, url: string): Promise<void> {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    throw new LaunchError(`${variable} is not a URL of the form postgresql://user:password@host:port/database.`);
  }
  try {
    await withClient(url, (client) => client.query("SELECT 1"));
  } catch (error) {
    // The cause is left out: its text may quote the URL.
    throw new LaunchError(
      `${variable}: ${reasonOf(error, parsed)}; start that server, or correct or unset the variable.`,
    );
  }
}
