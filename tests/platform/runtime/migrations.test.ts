import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { applyMigrations, MigrationError } from "../../../platform/runtime/migrations.ts";
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
