import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { applyMigrations, MigrationError } from "../../../platform/runtime/migrations.ts";
import { projectRoot } from "../../../platform/runtime/project-root.ts";
import { createTestDatabase, type TestDatabase } from "../../support/databases.ts";

let database: TestDatabase;
let folder: string;

function write(name: string, sql: string): void {
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, "migration.sql"), sql);
}

function apply(): Promise<string[]> {
  return applyMigrations({ folder, migratorUrl: database.urls.migrator, runtimeRole: "commerce_runtime" });
}

async function rows(sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: database.urls.migrator });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Applies the migrations in a process that is killed as soon as it waits for a lock, which is then given up. */
async function applyAndKillWhenBlocked(lock: string): Promise<void> {
  const holder = new pg.Client({ connectionString: database.urls.migrator });
  await holder.connect();
  await holder.query("BEGIN");
  await holder.query(lock);
  const module = JSON.stringify(join(projectRoot, "dist", "platform", "runtime", "migrations.js"));
  const settings = JSON.stringify({
    folder,
    migratorUrl: database.urls.migrator,
    runtimeRole: "commerce_runtime",
  });
  const script = `(await import(${module})).applyMigrations(${settings})`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: "inherit" });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
  while ((await rows(waiting)).length === 0 && child.exitCode === null) await sleep(20);
  expect(child.exitCode).toBeNull();
  child.kill("SIGKILL");
  await ended;
  await holder.end();
}

/** Leaves what an earlier release left when it was killed: a row that was begun and not ended. */
async function leaveHalfRow(name: string): Promise<void> {
  const checksum = createHash("sha256")
    .update(readFileSync(join(folder, name, "migration.sql")))
    .digest("hex");
  await rows(
    `INSERT INTO "_prisma_migrations" (id, checksum, migration_name) VALUES ('half', '${checksum}', '${name}')`,
  );
}

beforeEach(async () => {
  database = await createTestDatabase("commerce", "none");
  // The organisation's own journal is put aside: these tests bring migrations of their own.
  await rows('DROP TABLE "_prisma_migrations"');
  folder = mkdtempSync(join(tmpdir(), "migrations-"));
  write("1_first", "CREATE TABLE probe (id int PRIMARY KEY);");
}, 90_000);

afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await database.drop();
});

describe("the migration runner", () => {
  test("run twice, applies each migration once, in the order of names", async () => {
    write("2_second", "INSERT INTO probe VALUES (1);");
    expect(await apply()).toEqual(["1_first", "2_second"]);
    expect(await apply()).toEqual([]);
    expect(await rows("SELECT id FROM probe")).toEqual([{ id: 1 }]);
  });

  test("run by two processes at once, applies each migration once", async () => {
    const applied = await Promise.all([apply(), apply(), apply()]);
    expect(applied.flat()).toEqual(["1_first"]);
  });

  test("that meets a failing migration, changes nothing of it, says why, and refuses until it is resolved", async () => {
    write("2_broken", "INSERT INTO probe VALUES (1); SELECT 1/0;");
    await expect(apply()).rejects.toThrow(/2_broken failed: division by zero/);
    expect(await rows("SELECT id FROM probe")).toEqual([]);
    await expect(apply()).rejects.toThrow(/2_broken failed before; .*resolve/);
  });

  test("killed in the middle of a migration, is run again and applies it once", async () => {
    await apply();
    write("2_second", "INSERT INTO probe VALUES (1); LOCK TABLE probe IN ACCESS EXCLUSIVE MODE;");
    await applyAndKillWhenBlocked("LOCK TABLE probe IN ROW EXCLUSIVE MODE");
    expect(await apply()).toEqual(["2_second"]);
    expect(await rows("SELECT id FROM probe")).toEqual([{ id: 1 }]);
  });

  test("killed after the SQL and before the journal says so, is run again and applies it once", async () => {
    await apply();
    write("2_second", "INSERT INTO probe VALUES (1);");
    await rows(`CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN IF NEW.finished_at IS NOT NULL THEN PERFORM pg_advisory_xact_lock(1); END IF; RETURN NEW; END $$`);
    await rows(`CREATE TRIGGER wait BEFORE INSERT OR UPDATE ON "_prisma_migrations"
      FOR EACH ROW EXECUTE FUNCTION wait()`);
    await applyAndKillWhenBlocked("SELECT pg_advisory_xact_lock(1)");
    expect(await apply()).toEqual(["2_second"]);
    expect(await rows("SELECT id FROM probe")).toEqual([{ id: 1 }]);
  });

  test("that finds a half row of an earlier release, applies what can succeed only once", async () => {
    await apply();
    write("2_second", "CREATE TABLE second (id int);");
    await leaveHalfRow("2_second");
    expect(await apply()).toEqual(["2_second"]);
    expect(await apply()).toEqual([]);
  });

  test.each([
    ["was carried out", "CREATE TABLE second (id int);", "CREATE TABLE second (id int);", /cannot be carried out now/],
    ["could succeed twice", "INSERT INTO probe VALUES (1);", "SELECT 1;", /whether it was carried out cannot be told/],
    ["could make room for itself", "DROP TABLE probe; CREATE TABLE probe (id int);", "SELECT 1;", /cannot be told/],
  ])(
    "that finds a half row of an earlier release whose SQL %s, refuses and changes nothing",
    async (_, sql, done, reason) => {
      await apply();
      write("2_second", sql);
      await rows(done);
      await leaveHalfRow("2_second");
      await expect(apply()).rejects.toThrow(reason);
      await expect(apply()).rejects.toThrow(reason);
      expect(await rows("SELECT id FROM probe")).toEqual([]);
    },
  );

  test("that meets a lack of resources, forgets it, and applies the migration when there are some again", async () => {
    write("2_second", "DO $$ BEGIN RAISE disk_full; END $$;");
    await expect(apply()).rejects.toThrow(/2_second failed/);
    write("2_second", "SELECT 1;");
    expect(await apply()).toEqual(["2_second"]);
  });

  test.each(["COMMIT;", "BEGIN; SELECT 1;", "start transaction;", "SELECT 1;\nROLLBACK WORK;"])(
    "given a migration that holds `%s`, refuses before anything is applied",
    async (sql) => {
      write("2_second", sql);
      await expect(apply()).rejects.toThrow(/2_second begins or ends a transaction/);
      expect(await rows("SELECT FROM pg_tables WHERE tablename = 'probe'")).toEqual([]);
    },
  );

  test("that finds an applied migration changed, refuses to go on", async () => {
    await apply();
    write("1_first", "CREATE TABLE probe (id bigint PRIMARY KEY);");
    await expect(apply()).rejects.toThrow(MigrationError);
  });

  test("that finds a migration it does not know, asks for a newer release", async () => {
    write("9_later", "SELECT 1;");
    await apply();
    rmSync(join(folder, "9_later"), { recursive: true });
    await expect(apply()).rejects.toThrow(/9_later, which this release does not know/);
  });

  test("keeps its journal from the run-time role", async () => {
    await apply();
    const client = new pg.Client({ connectionString: database.urls.runtime });
    await client.connect();
    try {
      await expect(client.query('DELETE FROM "_prisma_migrations"')).rejects.toMatchObject({ code: "42501" });
    } finally {
      await client.end();
    }
  });

  test("tells migrations who the run-time role is", async () => {
    write("2_role", "CREATE TABLE seen AS SELECT current_setting('etalase.runtime_role') AS role;");
    await apply();
    expect(await rows("SELECT role FROM seen")).toEqual([{ role: "commerce_runtime" }]);
  });
});
