import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "@jest/globals";
import pg from "pg";
import { projectRoot } from "../../../../platform/runtime/project-root.ts";
import { useDatabase } from "../../../support/databases.ts";

const database = useDatabase("storefront", { rows: "none" });

async function seed(scale: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(projectRoot, "dist", "prisma", "storefront", "seed", "main.js")],
    {
      env: {
        PATH: process.env.PATH,
        STOREFRONT_MIGRATOR_DATABASE_URL: database.urls.migrator,
        ETALASE_SEED_SCALE: scale,
      },
    },
  );
  return stdout;
}

async function countVideos(): Promise<unknown> {
  const client = new pg.Client({ connectionString: database.urls.runtime });
  await client.connect();
  try {
    return (await client.query("SELECT count(*)::int AS videos FROM video")).rows[0]?.videos;
  } finally {
    await client.end();
  }
}

describe("seeding", () => {
  test("two seeds at once, and a third of another scale, write one seed", async () => {
    const both = await Promise.all([seed("small"), seed("small")]);
    expect(both.filter((output) => output.includes('"isNew":true'))).toHaveLength(1);
    expect(await countVideos()).toBe(60);
    expect(await seed("full")).toContain('"isNew":false');
    expect(await countVideos()).toBe(60);
  });

  test("a scale that is none is refused by name", async () => {
    await expect(seed("huge")).rejects.toThrow("ETALASE_SEED_SCALE");
  });
});
