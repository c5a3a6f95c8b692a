import { beforeAll, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { createCleanUp } from "../../launcher/clean-up.ts";
import {
  checkReachable,
  type DatabaseUrls,
  ensureDatabase,
  externalDatabase,
  openBorders,
} from "../../launcher/databases.ts";
import type { KeyMaterial } from "../../launcher/key-material.ts";
import { readLaunchSettings } from "../../launcher/launch-settings.ts";
import { prepareDatabases } from "../../launcher/launched-postgres.ts";
import { organisations } from "../../launcher/organisations.ts";
import { claimPorts } from "../../launcher/ports.ts";
import { createProgress } from "../../launcher/progress.ts";
import { testPasswords, testServer } from "../support/databases.ts";

const names = { storefront: "roles_storefront", commerce: "roles_commerce" };
const urls: Partial<Record<(typeof organisations)[number], DatabaseUrls>> = {};

async function query(url: string | undefined, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

function at(url: string | undefined, database: string): string {
  const moved = new URL(url ?? "");
  moved.pathname = `/${database}`;
  return moved.href;
}

beforeAll(async () => {
  const server = await testServer();
  for (const organisation of organisations) {
    urls[organisation] = await ensureDatabase(server, organisation, testPasswords, names[organisation]);
  }
  await query(urls.commerce?.migrator, "CREATE TABLE entry (id serial PRIMARY KEY, amount int)");
}, 60_000);

describe("the login roles of an organisation", () => {
  test.each(
    organisations.flatMap((organisation) =>
      (["migrator", "runtime"] as const).flatMap((role) =>
        ["postgres", "template1", names[organisation === "commerce" ? "storefront" : "commerce"]].map(
          (database) => [`${organisation}_${role}`, database, organisation, role] as const,
        ),
      ),
    ),
  )("%s, connecting to %s, is refused", async (_name, database, organisation, role) => {
    await expect(query(at(urls[organisation]?.[role], database), "SELECT 1")).rejects.toMatchObject({ code: "42501" });
  });

  test("the run-time role, changing rows of a table its migrator made, may", async () => {
    await query(urls.commerce?.runtime, "INSERT INTO entry (amount) VALUES (1)");
    await query(urls.commerce?.runtime, "UPDATE entry SET amount = 2");
    expect(await query(urls.commerce?.runtime, "SELECT amount FROM entry")).toEqual([{ amount: 2 }]);
    await query(urls.commerce?.runtime, "DELETE FROM entry");
  });

  test.each([
    "CREATE TABLE other (id int)",
    "CREATE SCHEMA other",
    "CREATE TEMPORARY TABLE other (id int)",
    "ALTER TABLE entry ADD COLUMN other int",
    "DROP TABLE entry",
    "TRUNCATE entry",
    "SELECT lo_create(0)",
    "SELECT lo_creat(-1)",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT lo_put(1, 0, 'x')",
    "SELECT lo_open(1, 131072)",
    "SELECT lowrite(0, 'x')",
    "CREATE ROLE other",
    "SET ROLE commerce_migrator",
  ])("the run-time role, saying %s, is refused", async (sql) => {
    await expect(query(urls.commerce?.runtime, sql)).rejects.toMatchObject({ code: "42501" });
  });

  test("the run-time role, once a migration took UPDATE and DELETE from it, can add rows but change none", async () => {
    await query(
      urls.commerce?.migrator,
      "CREATE TABLE ledger (id int); REVOKE UPDATE, DELETE ON ledger FROM commerce_runtime",
    );
    await query(urls.commerce?.runtime, "INSERT INTO ledger VALUES (1)");
    await expect(query(urls.commerce?.runtime, "UPDATE ledger SET id = 2")).rejects.toMatchObject({ code: "42501" });
    await expect(query(urls.commerce?.runtime, "DELETE FROM ledger")).rejects.toMatchObject({ code: "42501" });
  });

  test("the run-time role, in a schema its migrator made later, may use its tables", async () => {
    await query(urls.commerce?.migrator, "CREATE SCHEMA later; CREATE TABLE later.job (id int)");
    await query(urls.commerce?.runtime, "INSERT INTO later.job VALUES (1)");
  });

  test("a role, with a wrong password, is refused", async () => {
    const wrong = new URL(urls.commerce?.runtime ?? "");
    wrong.password = "guess";
    await expect(query(wrong.href, "SELECT 1")).rejects.toMatchObject({ code: "28P01" });
  });

  test("a database, made again, keeps its rows", async () => {
    await query(urls.commerce?.runtime, "INSERT INTO entry (amount) VALUES (7)");
    await ensureDatabase(await testServer(), "commerce", testPasswords, names.commerce);
    expect(await query(urls.commerce?.runtime, "SELECT amount FROM entry")).toEqual([{ amount: 7 }]);
  });
});

describe("the operator's own database", () => {
  test("none set, is none", () => {
    expect(externalDatabase("commerce", {})).toBeUndefined();
  });

  test("set without the migrator's URL, warns and uses one URL for both roles", () => {
    const chosen = externalDatabase("commerce", { COMMERCE_DATABASE_URL: "postgresql://a:b@c/d" });
    expect(chosen?.urls.migrator).toBe("postgresql://a:b@c/d");
    expect(chosen?.warning).toContain("COMMERCE_MIGRATOR_DATABASE_URL is not set");
  });

  test("the migrator's URL alone, is refused with a sentence", () => {
    expect(() => externalDatabase("commerce", { COMMERCE_MIGRATOR_DATABASE_URL: "postgresql://a" })).toThrow(
      "COMMERCE_MIGRATOR_DATABASE_URL is set without COMMERCE_DATABASE_URL: set both, or neither.",
    );
  });

  test("whose server lets an organisation's roles into the other's, is warned of; one that does not, is not", async () => {
    const server = await testServer();
    const own = (organisation: "storefront" | "commerce") => ({
      urls: urls[organisation] ?? { runtime: "", migrator: "" },
      warning: undefined,
    });
    const databases = new Map([["storefront", own("storefront")] as const, ["commerce", own("commerce")] as const]);
    expect(await openBorders(databases)).toEqual([]);
    await query(server.superuserUrl("postgres"), `GRANT CONNECT ON DATABASE ${names.commerce} TO storefront_runtime`);
    const warnings = await openBorders(databases);
    await query(
      server.superuserUrl("postgres"),
      `REVOKE CONNECT ON DATABASE ${names.commerce} FROM storefront_runtime`,
    );
    expect(warnings).toEqual([
      "storefront's role storefront_runtime can connect to commerce's database: give each its own role, and REVOKE CONNECT, TEMPORARY ON DATABASE roles_commerce FROM PUBLIC.",
    ]);
  });

  test("unreachable and without the migrator's URL, is told of in one sentence and no warning", async () => {
    const [port] = await claimPorts(1);
    const said: string[] = [];
    const cleanUp = createCleanUp(() => undefined);
    const environment = { COMMERCE_DATABASE_URL: `postgresql://u:p@127.0.0.1:${port}/shop` };
    const settings = readLaunchSettings("/nowhere", {});
    const progress = createProgress((text) => said.push(text));
    // Neither keys nor a server of ours are come to.
    const prepared = prepareDatabases(settings, environment, {} as KeyMaterial, progress, cleanUp);
    await expect(prepared).rejects.toThrow(/^COMMERCE_DATABASE_URL: no PostgreSQL answers/);
    expect(said).toEqual([]);
  });

  test("unreachable, is told in one sentence that names the variable and keeps the password", async () => {
    const [port] = await claimPorts(1);
    const refusal = checkReachable("COMMERCE_DATABASE_URL", `postgresql://u:hunter2@127.0.0.1:${port}/shop`);
    await expect(refusal).rejects.toThrow(
      `COMMERCE_DATABASE_URL: no PostgreSQL answers at 127.0.0.1:${port} (ECONNREFUSED); start that server, or correct or unset the variable.`,
    );
  });

  test("with a wrong password, a missing database or no URL at all, is told which it is", async () => {
    const good = urls.commerce?.runtime ?? "";
    const wrong = new URL(good);
    wrong.password = "hunter2";
    await expect(checkReachable("V", wrong.href)).rejects.toThrow(/^V: the server at .* refuses its user or password;/);
    await expect(checkReachable("V", at(good, "nowhere"))).rejects.toThrow(/has no database nowhere;/);
    await expect(checkReachable("V", at(good, names.storefront))).rejects.toThrow(/may not connect to the database/);
    await expect(checkReachable("V", `${good}?sslmode=require`)).rejects.toThrow(/has no TLS, which the URL asks for;/);
    await expect(checkReachable("V", "hunter2")).rejects.toThrow(/^V is not a URL of the form/);
  });
});
