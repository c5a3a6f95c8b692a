import { describe, expect, test } from "@jest/globals";
import pg from "pg";
import { newId } from "../../../../platform/runtime/ids.ts";
import { LedgerConflictError, transactionOf } from "../../../../subgraphs/commerce/domain/ledger/transaction.ts";
import {
  type PendingTransfer,
  TransferError,
  type TransferResolution,
  TransferResolvedError,
} from "../../../../subgraphs/commerce/domain/ledger/transfer.ts";
import type { Transaction } from "../../../../subgraphs/commerce/domain/ports.ts";
import { recordStatements, scansWithoutIndex } from "../../../support/query-plan.ts";
import { useCommerce } from "../support/test-commerce.ts";

const commerce = useCommerce();
const at = new Date("2026-11-25T03:00:00Z");
const later = new Date("2026-11-25T04:00:00Z");

function run<Value>(work: (tx: Transaction) => Promise<Value>): Promise<Value> {
  return commerce().parts.store.transactions.runInTransaction(work);
}

function transferOf(changes: Partial<PendingTransfer> = {}): PendingTransfer {
  const id = newId();
  return {
    id,
    kind: "payout",
    debitAccount: `seller_payable:${id}`,
    creditAccount: "bank:escrow",
    amount: { amountMinor: 100_000n, currency: "IDR" },
    expiresAt: null,
    ...changes,
  };
}

async function begun(changes: Partial<PendingTransfer> = {}): Promise<PendingTransfer> {
  const transfer = transferOf(changes);
  await run((tx) => tx.transfers.begin(transfer, at));
  return transfer;
}

function resolve({ id }: PendingTransfer, resolution: TransferResolution, when = at): Promise<void> {
  return run((tx) => tx.transfers.resolve(id, resolution, when));
}

async function balanceOf({ debitAccount }: PendingTransfer) {
  const balances = await run((tx) => tx.transfers.lockBalances([debitAccount], "IDR"));
  return balances.get(debitAccount);
}

const posted = (amountMinor: bigint): TransferResolution => ({ outcome: "POSTED", amountMinor });

describe("a transfer that is begun", () => {
  test("promises money and moves none", async () => {
    const transfer = await begun();
    expect(await balanceOf(transfer)).toEqual({
      balanceMinor: 0n,
      pendingDebitMinor: 100_000n,
      pendingCreditMinor: 0n,
    });
  });

  test("twenty times at once under one id, is begun once", async () => {
    const transfer = transferOf();
    await Promise.all(Array.from({ length: 20 }, () => run((tx) => tx.transfers.begin(transfer, at))));
    expect((await balanceOf(transfer))?.pendingDebitMinor).toBe(100_000n);
  });

  test.each([
    ["amount", { amount: { amountMinor: 99_999n, currency: "IDR" } }],
    ["account", { creditAccount: "platform_revenue" }],
    ["kind", { kind: "netting" as const }],
    ["end", { expiresAt: later }],
  ])("again under its id with another %s, is refused", async (_what, changes) => {
    const transfer = await begun();
    const changed = { ...transfer, ...changes };
    await expect(run((tx) => tx.transfers.begin(changed, at))).rejects.toThrow(LedgerConflictError);
  });

  test("of nothing, or from an account to itself, is refused", async () => {
    await expect(begun({ amount: { amountMinor: 0n, currency: "IDR" } })).rejects.toThrow(TransferError);
    await expect(begun({ debitAccount: "bank:escrow" })).rejects.toThrow(TransferError);
  });
});

describe("a transfer that is resolved", () => {
  test("as posted in part, moves that part and gives the rest up", async () => {
    const transfer = await begun();
    await resolve(transfer, posted(60_000n));
    expect(await balanceOf(transfer)).toEqual({ balanceMinor: 60_000n, pendingDebitMinor: 0n, pendingCreditMinor: 0n });
  });

  test("as voided, moves nothing", async () => {
    const transfer = await begun();
    await resolve(transfer, { outcome: "VOIDED" });
    expect(await balanceOf(transfer)).toEqual({ balanceMinor: 0n, pendingDebitMinor: 0n, pendingCreditMinor: 0n });
  });

  test("as expired, needs its time to be over", async () => {
    const transfer = await begun({ expiresAt: later });
    await expect(resolve(transfer, { outcome: "EXPIRED" })).rejects.toThrow(TransferError);
    expect(await run((tx) => tx.transfers.overdue(later, 100))).toContain(transfer.id);
    await resolve(transfer, { outcome: "EXPIRED" }, later);
    expect(await run((tx) => tx.transfers.overdue(later, 100))).not.toContain(transfer.id);
    await expect(resolve(await begun(), { outcome: "EXPIRED" }, later)).rejects.toThrow("does not expire yet");
  });

  test.each([0n, -1n, 100_001n])("as posted with %s of 100000, is refused", async (amountMinor) => {
    await expect(resolve(await begun(), posted(amountMinor))).rejects.toThrow(TransferError);
  });

  test("again in the same way, changes nothing; in another way, is refused", async () => {
    const transfer = await begun();
    await resolve(transfer, posted(100_000n));
    await resolve(transfer, posted(100_000n));
    expect((await balanceOf(transfer))?.balanceMinor).toBe(100_000n);
    await expect(resolve(transfer, posted(1n))).rejects.toThrow(TransferResolvedError);
    await expect(resolve(transfer, { outcome: "VOIDED" })).rejects.toThrow(TransferResolvedError);
  });

  test("in two ways by twenty at once, ends in one of them and moves money once", async () => {
    const transfer = await begun();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => resolve(transfer, n % 2 === 0 ? posted(100_000n) : { outcome: "VOIDED" })),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(10);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") expect(outcome.reason).toBeInstanceOf(TransferResolvedError);
    }
    expect([0n, 100_000n]).toContain((await balanceOf(transfer))?.balanceMinor);
    expect((await commerce().parts.store.ledger.audit()).transferFaults).toEqual([]);
  });

  test("without having been begun, is refused", async () => {
    await expect(resolve(transferOf(), { outcome: "VOIDED" })).rejects.toThrow("never begun");
  });
});

describe("balances that are locked", () => {
  test("are spent by one after the other, so that twenty at once spend no more than is there", async () => {
    const account = `seller_payable:${newId()}`;
    await run((tx) =>
      tx.ledger.post(
        transactionOf("release", newId(), [
          { account, amountMinor: -50_000n, currency: "IDR" },
          { account: "bank:escrow", amountMinor: 50_000n, currency: "IDR" },
        ]),
        at,
      ),
    );
    const spend = () =>
      run(async (tx) => {
        const balance = (await tx.transfers.lockBalances([account], "IDR")).get(account);
        const leftMinor = -(balance?.balanceMinor ?? 0n) - (balance?.pendingDebitMinor ?? 0n);
        if (leftMinor < 10_000n) return false;
        const amount = { amountMinor: 10_000n, currency: "IDR" };
        await tx.transfers.begin(transferOf({ debitAccount: account, amount }), at);
        return true;
      });
    const spent = await Promise.all(Array.from({ length: 20 }, spend));
    expect(spent.filter(Boolean)).toHaveLength(5);
  });
});

describe("the database", () => {
  async function asRole(url: string, statement: string): Promise<string> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await client.query(statement);
      return "accepted";
    } catch (error) {
      return (error as { code?: string }).code ?? String(error);
    } finally {
      await client.end();
    }
  }

  const tables = ["ledger_transfer", "ledger_transfer_resolution", "ledger_snapshot", "ledger_snapshot_balance"];
  const resolutionOf = (id: string, values: string) =>
    `INSERT INTO ledger_transfer_resolution (transfer_id, outcome, posted_minor, transaction_id, resolved_at)
     VALUES ('${id}', ${values}, '2026-11-25T03:00:00Z')`;

  test.each([...tables, "ledger_account", "ledger_transaction", "ledger_entry"])(
    "refuses the run-time role to change, delete, empty or give away %s, and the owner all but the last",
    async (table) => {
      await resolve(await begun(), posted(1n));
      await commerce().parts.store.takeLedgerSnapshot(at);
      const { runtime, migrator } = commerce().database.urls;
      const column =
        table === "ledger_transfer_resolution" ? "transfer_id" : table.endsWith("_balance") ? "account_id" : "id";
      const changes = [
        `UPDATE ${table} SET ${column} = ${column}`,
        `DELETE FROM ${table}`,
        `TRUNCATE ${table} CASCADE`,
      ];
      for (const change of changes) {
        expect(await asRole(runtime, change)).toBe("42501");
        expect(await asRole(migrator, change)).toBe("23001");
      }
      // GRANT by somebody without the option to grant is no error but a warning: what counts is that nothing was granted.
      await asRole(runtime, `GRANT UPDATE, DELETE ON ${table} TO ${new URL(runtime).username}`);
      expect(await asRole(runtime, `DELETE FROM ${table}`)).toBe("42501");
      expect(await asRole(runtime, `ALTER TABLE ${table} DISABLE TRIGGER ALL`)).toBe("42501");
    },
  );

  test("refuses a resolution that posts without a transaction, another sum, or another's transaction", async () => {
    const { runtime } = commerce().database.urls;
    const [transfer, other] = [await begun(), await begun()];
    await resolve(other, posted(7n));
    const { rows } = await commerce().parts.database.pool.query(
      "SELECT transaction_id FROM ledger_transfer_resolution WHERE transfer_id = $1",
      [other.id],
    );
    const foreign = String(rows[0].transaction_id);
    expect(await asRole(runtime, resolutionOf(transfer.id, "'POSTED', 7, NULL"))).toBe("23514");
    expect(await asRole(runtime, resolutionOf(transfer.id, `'POSTED', 7, '${foreign}'`))).toBe("23514");
    expect(await asRole(runtime, resolutionOf(transfer.id, "'VOIDED', 7, NULL"))).toBe("23514");
    expect(await asRole(runtime, resolutionOf(transfer.id, "'EXPIRED', 0, NULL"))).toBe("23514");
    expect(await asRole(runtime, resolutionOf(other.id, "'VOIDED', 0, NULL"))).toBe("23505");
  });
});

test("beginning, posting and reading balances, finds every row by an index", async () => {
  const { pool } = commerce().parts.database;
  const transfer = transferOf();
  const statements = await recordStatements(pool, async () => {
    await run((tx) => tx.transfers.begin(transfer, at));
    await resolve(transfer, posted(5n));
    await run((tx) => tx.transfers.overdue(later, 10));
    await commerce().parts.store.ledger.balances(["bank:escrow", transfer.debitAccount]);
  });
  expect(statements.length).toBeGreaterThan(10);
  expect(await scansWithoutIndex(commerce().database.superuserUrl, statements)).toEqual([]);
});

test("a statement that no index serves, is named with the table that it reads from end to end", async () => {
  const sql = "SELECT id FROM ledger_transfer WHERE kind = $1";
  const found = await scansWithoutIndex(commerce().database.superuserUrl, [{ sql, values: ["payout"] }]);
  expect(found).toEqual([`ledger_transfer in ${sql}`]);
});
