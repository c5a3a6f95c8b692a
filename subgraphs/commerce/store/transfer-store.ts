import type { NewId } from "../../../platform/values/ids.ts";
import type {
  LedgerTransferResolution as ResolutionRow,
  LedgerTransfer as TransferRow,
} from "../../../prisma/commerce/client/client.ts";
import { LedgerConflictError, type LedgerTransactionKind } from "../domain/ledger/transaction.ts";
import {
  isSameResolution,
  isSameTransfer,
  type PendingTransfer,
  postingOf,
  requireResolution,
  requireTransfer,
  TransferError,
  type TransferResolution,
  TransferResolvedError,
  type TransferStore,
} from "../domain/ledger/transfer.ts";
import type { LedgerStore } from "../domain/ports.ts";
import type { TransactionClient } from "./client.ts";
import { createOpenAccounts } from "./ledger-accounts.ts";
import { readBalances } from "./ledger-balances.ts";

type LoadedRow = TransferRow & {
  readonly debitAccount: { readonly code: string };
  readonly creditAccount: { readonly code: string };
  readonly resolution: ResolutionRow | null;
};

const withAccounts = {
  debitAccount: { select: { code: true } },
  creditAccount: { select: { code: true } },
  resolution: true,
} as const;

function toTransfer(row: LoadedRow): PendingTransfer {
  return {
    id: row.id,
    kind: row.kind as LedgerTransactionKind,
    debitAccount: row.debitAccount.code,
    creditAccount: row.creditAccount.code,
    amount: { amountMinor: row.amountMinor, currency: row.currency },
    expiresAt: row.expiresAt,
  };
}

function toResolution(row: ResolutionRow): TransferResolution {
  if (row.outcome === "POSTED") return { outcome: "POSTED", amountMinor: row.postedMinor };
  return { outcome: row.outcome as "VOIDED" | "EXPIRED" };
}

/** Transfers of one transaction. Rows are only ever inserted; the key of a resolution lets a transfer end once. */
export function createTransferStore(client: TransactionClient, ledger: LedgerStore, newId: NewId): TransferStore {
  const openAccounts = createOpenAccounts(client, newId);

  async function load(id: string): Promise<LoadedRow> {
    const row = await client.ledgerTransfer.findUnique({ where: { id }, include: withAccounts });
    if (row === null) throw new TransferError(`transfer ${id} was never begun`);
    return row;
  }

  const begin: TransferStore["begin"] = async (transfer, at) => {
    requireTransfer(transfer);
    const { id, kind, debitAccount, creditAccount, amount, expiresAt } = transfer;
    const { amountMinor, currency } = amount;
    const debit = { account: debitAccount, currency };
    const credit = { account: creditAccount, currency };
    const accountIdOf = await openAccounts([debit, credit]);
    const inserted = await client.$executeRaw`
      INSERT INTO ledger_transfer (id, kind, debit_account_id, credit_account_id, amount_minor, currency, expires_at, pending_at)
      VALUES (${id}::uuid, ${kind}, ${accountIdOf(debit)}::uuid, ${accountIdOf(credit)}::uuid, ${amountMinor}, ${currency},
              ${expiresAt}, ${at})
      ON CONFLICT DO NOTHING`;
    if (inserted === 1 || isSameTransfer(toTransfer(await load(id)), transfer)) return;
    throw new LedgerConflictError(`transfer ${id} was begun before with other content`);
  };

  const resolve: TransferStore["resolve"] = async (transferId, resolution, at) => {
    const row = await load(transferId);
    const transfer = toTransfer(row);
    const refuseOther = (earlier: ResolutionRow): void => {
      if (isSameResolution(toResolution(earlier), resolution)) return;
      throw new TransferResolvedError(
        `transfer ${transferId} is ${earlier.outcome} and cannot be ${resolution.outcome}`,
      );
    };
    if (row.resolution !== null) return refuseOther(row.resolution);
    requireResolution(transfer, resolution, at);
    const isPosted = resolution.outcome === "POSTED";
    const postedMinor = isPosted ? resolution.amountMinor : 0n;
    const transactionId = isPosted ? await ledger.post(postingOf(transfer, postedMinor), at) : null;
    // Whoever resolves at the same time waits here for our transaction; its own is rolled back when it meant otherwise.
    const inserted = await client.$executeRaw`
      INSERT INTO ledger_transfer_resolution (transfer_id, outcome, posted_minor, transaction_id, resolved_at)
      VALUES (${transferId}::uuid, ${resolution.outcome}, ${postedMinor}, ${transactionId}::uuid, ${at})
      ON CONFLICT DO NOTHING`;
    if (inserted === 1) return;
    const { resolution: earlier } = await load(transferId);
    if (earlier === null) throw new Error(`the resolution of transfer ${transferId} is gone`);
    refuseOther(earlier);
  };

  const overdue: TransferStore["overdue"] = async (at, most) => {
    const rows = await client.ledgerTransfer.findMany({
      where: { expiresAt: { lte: at }, resolution: null },
      orderBy: [{ expiresAt: "asc" }, { id: "asc" }],
      take: most,
      select: { id: true },
    });
    return rows.map((row) => row.id);
  };

  const lockBalances: TransferStore["lockBalances"] = async (accounts, currency) => {
    // Accounts are append only, so their rows cannot be locked by the run-time role; the name is locked instead.
    for (const account of [...new Set(accounts)].sort()) {
      await client.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('ledger account ' || ${account}, 0))`;
    }
    return readBalances(client, accounts, currency);
  };

  return { begin, resolve, overdue, lockBalances };
}
