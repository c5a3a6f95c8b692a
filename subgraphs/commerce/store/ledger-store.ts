import { deterministicId } from "../../../platform/runtime/ids.ts";
import type { NewId } from "../../../platform/values/ids.ts";
import {
  isSameContent,
  LedgerConflictError,
  type LedgerEntry,
  type LedgerTransactionKind,
} from "../domain/ledger/transaction.ts";
import type { LedgerStore } from "../domain/ports.ts";
import type { TransactionClient } from "./client.ts";

function accountKey(entry: { readonly account: string; readonly currency: string }): string {
  return `${entry.account} ${entry.currency}`;
}

function idOf(kind: LedgerTransactionKind, reference: string): string {
  return deterministicId(`ledger ${kind} ${reference}`, 0);
}

/** The ledger in one transaction. Rows are only ever inserted; the database refuses anything else. */
export function createLedgerStore(client: TransactionClient, newId: NewId): LedgerStore {
  async function postedEntries(transactionId: string): Promise<LedgerEntry[]> {
    const rows = await client.ledgerEntry.findMany({
      where: { transactionId },
      include: { account: { select: { code: true } } },
    });
    return rows.map((row) => ({ account: row.account.code, amountMinor: row.amountMinor, currency: row.currency }));
  }
  async function accountIds(entries: readonly LedgerEntry[]): Promise<Map<string, string>> {
    // Inserted in the order of their codes, so that two transactions that open the same accounts do not deadlock.
    const wanted = [...new Map(entries.map((entry) => [accountKey(entry), entry])).values()];
    wanted.sort((one, other) => (one.account < other.account ? -1 : 1));
    const codes = wanted.map((entry) => entry.account);
    const currencies = wanted.map((entry) => entry.currency);
    const known = await findAccounts(codes);
    if (wanted.every((entry) => known.has(accountKey(entry)))) return known;
    await client.$executeRaw`
      INSERT INTO ledger_account (id, code, currency)
      SELECT * FROM unnest(${wanted.map(() => newId())}::uuid[], ${codes}::text[], ${currencies}::text[])
      ON CONFLICT DO NOTHING`;
    return findAccounts(codes);
  }
  async function findAccounts(codes: readonly string[]): Promise<Map<string, string>> {
    const rows = await client.ledgerAccount.findMany({ where: { code: { in: [...codes] } } });
    return new Map(rows.map((row) => [accountKey({ account: row.code, currency: row.currency }), row.id]));
  }
  const post: LedgerStore["post"] = async ({ kind, reference, entries }, at) => {
    const id = idOf(kind, reference);
    const inserted = await client.$executeRaw`
      INSERT INTO ledger_transaction (id, kind, reference, posted_at) VALUES (${id}::uuid, ${kind}, ${reference}, ${at})
      ON CONFLICT DO NOTHING`;
    if (inserted === 0) {
      if (isSameContent(await postedEntries(id), entries)) return id;
      throw new LedgerConflictError(`${kind} ${reference} was posted before with other entries`);
    }
    const ids = await accountIds(entries);
    function accountIdOf(entry: LedgerEntry): string {
      const accountId = ids.get(accountKey(entry));
      if (accountId === undefined) throw new Error(`the ledger account ${accountKey(entry)} was not opened`);
      return accountId;
    }
    await client.ledgerEntry.createMany({
      data: entries.map((entry) => ({
        id: newId(),
        transactionId: id,
        accountId: accountIdOf(entry),
        amountMinor: entry.amountMinor,
        currency: entry.currency,
      })),
    });
    return id;
  };
  return { post, entriesOf: (kind, reference) => postedEntries(idOf(kind, reference)) };
}
