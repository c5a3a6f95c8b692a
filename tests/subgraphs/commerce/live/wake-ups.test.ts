import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { eventually } from "../../../support/eventually.ts";
import { buy, seededVariant, setStock } from "../support/buyer-journey.ts";
import { useCommerce } from "../support/test-commerce.ts";

const commerce = useCommerce();
let listener: pg.Client;
let heard: string[] = [];
let orderId = "";
let paymentId = "";

/** Columns that a change of state may write, with another value of their type. */
const changes: readonly (readonly [string, string, string])[] = [
  ["order", "status", "'CANCELLED'"],
  ["order", "total_minor", "total_minor + 1"],
  ["order", "shipping_address", `shipping_address || '{"street": "Jl. Lain 1"}'`],
  ["payment", "status", "'UNKNOWN'"],
  ["payment", "instructions", "NULL"],
  ["payment", "provider_reference", "'another'"],
  ["payment", "expires_at", "expires_at + interval '1 second'"],
  ["payment", "paid_at", "now()"],
];

beforeAll(async () => {
  const variant = seededVariant(0);
  await setStock(commerce(), variant, 100);
  const { orders, payment } = await buy(commerce(), "buyer-1", variant);
  orderId = orders[0]?.id ?? "";
  paymentId = payment.id;
  listener = new pg.Client({ connectionString: commerce().database.urls.runtime });
  // The database is dropped, and its sessions with it, before this hook's counterpart runs.
  listener.on("error", () => undefined);
  await listener.connect();
  listener.on("notification", ({ payload = "" }) => void heard.push(payload));
  await listener.query("LISTEN commerce_changes");
}, 90_000);
afterAll(() => listener?.end());

/** What is heard until a notification of our own that is sent last. */
async function heardBy(work: () => Promise<unknown>): Promise<string[]> {
  heard = [];
  await work();
  await commerce().parts.database.pool.query("SELECT pg_notify('commerce_changes', 'last')");
  await eventually(async () => (heard.includes("last") ? true : undefined));
  return heard.filter((payload) => payload !== "last");
}

describe("a change of an order or its payment", () => {
  test.each(changes)(
    "written to %s.%s by anybody, wakes the order's streams when it is committed",
    async (table, column, value) => {
      const id = table === "order" ? orderId : paymentId;
      const statement = `UPDATE "${table}" SET ${column} = ${value} WHERE id = '${id}'`;
      const { urls, superuserUrl } = commerce().database;
      // What an order costs and where it goes only the owner of the tables can change.
      const writers = ["total_minor", "shipping_address"].includes(column) ? urls.migrator : urls.runtime;
      for (const connectionString of [writers, superuserUrl]) {
        const writer = new pg.Client({ connectionString });
        await writer.connect();
        try {
          const told = await heardBy(async () => {
            await writer.query("BEGIN");
            await writer.query(statement);
            await writer.query("ROLLBACK");
          });
          expect(told).toEqual([]);
          if (connectionString === superuserUrl) {
            expect(await heardBy(() => writer.query(statement))).toEqual([`order:${orderId}`]);
          }
        } finally {
          await writer.end();
        }
      }
    },
  );

  test("that writes what was there already, wakes nobody", async () => {
    const same = `UPDATE "order" SET status = status WHERE id = '${orderId}'`;
    expect(await heardBy(() => commerce().parts.database.pool.query(same))).toEqual([]);
  });
});
