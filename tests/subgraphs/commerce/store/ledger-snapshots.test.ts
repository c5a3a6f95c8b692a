import { describe, expect, test } from "@jest/globals";
import pg from "pg";
import { newId } from "../../../../platform/runtime/ids.ts";
import { accounts, capture } from "../../../../subgraphs/commerce/domain/ledger/movements.ts";
import { useCommerce } from "../support/test-commerce.ts";
import { untilAllIsWritten } from "../support/written-journal.ts";

const commerce = useCommerce();
const at = new Date("2026-11-25T03:00:00Z");
const clearing = accounts.providerClearing("bank-uji");

function post(amountMinor: bigint, orderId = newId()): Promise<string> {
  const share = { orderId, amount: { amountMinor, currency: "IDR" } };
  return commerce().parts.store.transactions.runInTransaction((tx) => tx.ledger.post(capture("bank-uji", share), at));
}

async function balance(account = clearing): Promise<bigint> {
  return (await commerce().parts.store.ledger.balances([account])).get(account) ?? 0n;
}

async function superuser<Value>(work: (client: pg.Client) => Promise<Value>): Promise<Value> {
  const client = new pg.Client({ connectionString: commerce().database.superuserUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

describe("a snapshot", () => {
  test("leaves every balance as it was, and what is posted afterwards is added to it", async () => {
    await post(100n);
    const before = await balance();
    await untilAllIsWritten(commerce().database.superuserUrl);
    const { accounts: kept } = await commerce().parts.store.takeLedgerSnapshot(at);
    expect(kept).toBeGreaterThan(1);
    expect(await balance()).toBe(before);
    await post(23n);
    expect(await balance()).toBe(before + 23n);
    await commerce().parts.store.takeLedgerSnapshot(at);
    expect(await balance()).toBe(before + 23n);
    expect((await commerce().parts.store.ledger.audit()).snapshotMismatches).toEqual([]);
  });

  test("that is taken while a posting is under way, neither misses it nor counts it twice", async () => {
    const before = await balance();
    let commit: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      commit = resolve;
    });
    let begun: () => void = () => undefined;
    const isPosted = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const underWay = commerce().parts.store.transactions.runInTransaction(async (tx) => {
      const share = { orderId: newId(), amount: { amountMinor: 1_000n, currency: "IDR" } };
      await tx.ledger.post(capture("bank-uji", share), at);
      begun();
      await held;
    });
    await isPosted;
    await post(7n);
    await commerce().parts.store.takeLedgerSnapshot(at);
    expect(await balance()).toBe(before + 7n);
    commit();
    await underWay;
    expect(await balance()).toBe(before + 1_007n);
    await commerce().parts.store.takeLedgerSnapshot(at);
    expect(await balance()).toBe(before + 1_007n);
    expect((await commerce().parts.store.ledger.audit()).snapshotMismatches).toEqual([]);
  });

  test("whose kept balance is wrong, is found by the audit", async () => {
    await untilAllIsWritten(commerce().database.superuserUrl);
    const { id } = await commerce().parts.store.takeLedgerSnapshot(at);
    await superuser(async (client) => {
      await client.query("SET session_replication_role = replica");
      await client.query(
        `UPDATE ledger_snapshot_balance SET balance_minor = balance_minor + 1
         WHERE snapshot_id = $1 AND account_id = (SELECT id FROM ledger_account WHERE code = $2)`,
        [id, clearing],
      );
    });
    const { snapshotMismatches } = await commerce().parts.store.ledger.audit();
    expect(snapshotMismatches).toEqual([
      expect.objectContaining({ snapshotId: id, account: clearing, kept: await balance() }),
    ]);
    await superuser(async (client) => {
      await client.query("SET session_replication_role = replica");
      await client.query("DELETE FROM ledger_snapshot_balance WHERE snapshot_id = $1", [id]);
      await client.query("DELETE FROM ledger_snapshot WHERE id = $1", [id]);
    });
    expect((await commerce().parts.store.ledger.audit()).snapshotMismatches).toEqual([]);
  });

  test("of another database cluster, is not used", async () => {
    const before = await balance();
    await superuser((client) =>
      client.query(
        `INSERT INTO ledger_snapshot (id, through_xact, cluster, taken_at)
         VALUES ($1, '9999999999'::xid8, 'elsewhere', now())`,
        [newId()],
      ),
    );
    await post(5n);
    expect(await balance()).toBe(before + 5n);
  });
});

describe("the audit", () => {
  test("finds what was taken from an account that had less, and an account outside the chart", async () => {
    await superuser(async (client) => {
      await client.query("BEGIN");
      const [seller, stray, transaction] = [newId(), newId(), newId()];
      await client.query("INSERT INTO ledger_account (id, code, currency) VALUES ($1, 'seller_payable:s', 'IDR')", [
        seller,
      ]);
      await client.query("INSERT INTO ledger_account (id, code, currency) VALUES ($1, 'petty_cash', 'IDR')", [stray]);
      await client.query(
        "INSERT INTO ledger_transaction (id, kind, reference, posted_at) VALUES ($1, 'payout', $2, now())",
        [transaction, newId()],
      );
      await client.query(
        `INSERT INTO ledger_entry (id, transaction_id, account_id, amount_minor, currency)
         VALUES ($1, $3, $4, 5, 'IDR'), ($2, $3, $5, -5, 'IDR')`,
        [newId(), newId(), transaction, seller, stray],
      );
      await client.query("COMMIT");
    });
    const audit = await commerce().parts.store.ledger.audit();
    expect(audit.overdrawnAccounts).toEqual([{ account: "seller_payable:s", balance: 5n }]);
    expect(audit.strayAccounts).toEqual(["petty_cash"]);
    expect(audit.isSumZero).toBe(true);
  });
});
