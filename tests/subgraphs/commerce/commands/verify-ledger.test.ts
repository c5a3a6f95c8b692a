import { describe, expect, test } from "@jest/globals";
import pg from "pg";
import { newId } from "../../../../platform/runtime/ids.ts";
import { accounts, capture } from "../../../../subgraphs/commerce/domain/ledger/movements.ts";
import { startProgram } from "../payments/provider-processes.ts";
import { useCommerce } from "../support/test-commerce.ts";

const commerce = useCommerce();

async function verify(environment: Record<string, string>): Promise<{ code: number | null; output: string }> {
  const { child, output } = startProgram("subgraphs/commerce/commands/verify-ledger.js", {
    LOG_LEVEL: "error",
    ...environment,
  });
  await new Promise((resolve) => child.once("close", resolve));
  return { code: child.exitCode, output: output() };
}

describe("the command that verifies the ledger", () => {
  test("over sound books, says what it looked at, finds nothing and exits with 0", async () => {
    const { code, output } = await verify({ COMMERCE_DATABASE_URL: commerce().database.urls.runtime });
    expect(output).toMatch(/^\d+ transactions, \d+ entries, \d+ accounts, \d+ transfers, \d+ snapshots\n/);
    expect(output).toMatch(/\n0 violations\n$/);
    expect(code).toBe(0);
  }, 60_000);

  test("over books that were tampered with, names what is wrong and exits with 1", async () => {
    const orderId = newId();
    await commerce().parts.store.transactions.runInTransaction((tx) =>
      tx.ledger.post(capture("bank-uji", { orderId, amount: { amountMinor: 100n, currency: "IDR" } }), new Date()),
    );
    const client = new pg.Client({ connectionString: commerce().database.superuserUrl });
    await client.connect();
    await client.query("SET session_replication_role = replica");
    await client.query(
      `UPDATE ledger_entry SET amount_minor = amount_minor + 1
       WHERE account_id = (SELECT id FROM ledger_account WHERE code = $1)`,
      [accounts.buyerEscrow(orderId)],
    );
    await client.end();
    const { code, output } = await verify({ COMMERCE_DATABASE_URL: commerce().database.urls.runtime });
    expect(output).toContain("WRONG  every transaction sums to zero");
    expect(output).toContain("WRONG  all entries sum to zero");
    expect(output).toMatch(/\n[1-9]\d* violations\n$/);
    expect(code).toBe(1);
  }, 60_000);

  test("without its setting, says in one sentence what to set", async () => {
    const { code, output } = await verify({});
    expect(output).toContain("COMMERCE_DATABASE_URL: must be a postgresql:// URL");
    expect(code).toBe(1);
  }, 60_000);
});
