import { describe, expect, test } from "@jest/globals";
import { newId } from "../../../platform/runtime/ids.ts";
import { anonymous, member, useStorefront } from "./running-storefront.ts";

const unavailable = [{ code: "DATABASE_UNAVAILABLE", retryable: true }];

describe("a storefront whose database is not there", () => {
  // Port 1 belongs to no database.
  const storefront = useStorefront({
    rows: "none",
    databaseUrl: "postgresql://storefront_runtime@127.0.0.1:1/nothing",
  });

  test("it is alive, but not ready", async () => {
    expect((await fetch(`${storefront.address}/health/live`)).status).toBe(200);
    expect((await fetch(`${storefront.address}/health/ready`)).status).toBe(503);
  });

  test.each([
    ["an entity", `{ video(id: "${newId()}") { id } }`],
    ["a creator", '{ creator(handle: "ann") { id } }'],
    ["a mutation", `mutation { likeVideo(input: { videoId: "${newId()}" }) { __typename } }`],
    ["a transaction", 'mutation { registerCreator(input: { handle: "ann", displayName: "A" }) { __typename } }'],
  ])("%s, asked for, fails with DATABASE_UNAVAILABLE and says nothing of the database", async (_, document) => {
    const { errors } = await storefront.ask(document, member("ann"));
    expect(errors.map((error) => error.extensions)).toEqual(unavailable);
    expect(JSON.stringify(errors)).not.toMatch(/127\.0\.0\.1|nothing|runtime|prisma/i);
  });
});

describe("a storefront whose connections are cut", () => {
  const storefront = useStorefront();

  test("it serves the next requests over new ones", async () => {
    const ask = async () => (await storefront.ask("{ feed(first: 1) { nodes { id } } }", anonymous)).errors;
    await Promise.all(Array.from({ length: 5 }, ask));
    const cut = await storefront.sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    expect(cut.length).toBeGreaterThan(0);
    // Each connection of which the pool has not heard yet that it is gone fails one request at most; there are ten.
    for (let n = 0; n < 10; n += 1) await ask();
    expect(await ask()).toEqual([]);
  });
});
