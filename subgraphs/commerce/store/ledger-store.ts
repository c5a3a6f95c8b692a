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
import { createOpenAccounts } from "./ledger-accounts.ts";

function idOf(kind: LedgerTransactionKind, reference: string): string {
  return deterministicId(`ledger ${kind} ${reference}`, 0);
}

/** The ledger in one transaction. Rows are only ever inserted; the database refuses anything else. */
export function createLedgerStore(client: TransactionClient, newId: NewId): LedgerStore {
  const openAccounts = createOpenAccounts(client, newId);
  async function postedEntries(transactionId: string): Promise<LedgerEntry[]> {
    const rows = await client.ledgerEntry.findMany({
      where: { transactionId },
      include: { account: { select: { code: true } } },
    });
    return rows.map((row) => ({ account: row.account.code, amountMinor: row.amountMinor, currency: row.currency }));
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
    const accountIdOf = await openAccounts(entries);
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
