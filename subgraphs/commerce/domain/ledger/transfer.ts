import type { Money } from "../../../../platform/values/money.ts";
import { credit, debit, type LedgerTransaction, type LedgerTransactionKind, transactionOf } from "./transaction.ts";

/**
 * Money that is promised from one account to another and moves only when it is posted. The id is chosen by who begins it and
 * is its idempotency key; `kind` and the id are the cause of what is posted.
 */
export interface PendingTransfer {
  /** A UUID. */
  readonly id: string;
  readonly kind: LedgerTransactionKind;
  readonly debitAccount: string;
  readonly creditAccount: string;
  /** Most that can be posted; above zero. */
  readonly amount: Money;
  /** From when on it may be given up; null: it waits for ever. */
  readonly expiresAt: Date | null;
}

/** How a transfer ends, once. `posted` may be less than was promised: the rest is given up. */
export type TransferResolution =
  | { readonly outcome: "POSTED"; readonly amountMinor: bigint }
  | { readonly outcome: "VOIDED" }
  | { readonly outcome: "EXPIRED" };

/** A balance in minor units, debits above zero, and what unresolved transfers promise to add to either side. */
export interface AccountBalance {
  readonly balanceMinor: bigint;
  readonly pendingDebitMinor: bigint;
  readonly pendingCreditMinor: bigint;
}

/** A transfer cannot be begun or resolved as asked. A bug of the caller; nothing is changed. */
export class TransferError extends Error {
  override readonly name = "TransferError";
}

/** The transfer was resolved before in another way. Nothing is changed. */
export class TransferResolvedError extends Error {
  override readonly name = "TransferResolvedError";
}

/** Checks a transfer before it is begun. @throws TransferError for an amount of zero or less, or one account twice. */
export function requireTransfer(transfer: PendingTransfer): void {
  if (transfer.amount.amountMinor <= 0n) throw new TransferError(`transfer ${transfer.id}: nothing to move`);
  if (transfer.debitAccount === transfer.creditAccount) {
    throw new TransferError(`transfer ${transfer.id}: from ${transfer.debitAccount} to itself`);
  }
}

/** Whether two transfers say the same. */
export function isSameTransfer(one: PendingTransfer, other: PendingTransfer): boolean {
  return (
    one.kind === other.kind &&
    one.debitAccount === other.debitAccount &&
    one.creditAccount === other.creditAccount &&
    one.amount.amountMinor === other.amount.amountMinor &&
    one.amount.currency === other.amount.currency &&
    one.expiresAt?.getTime() === other.expiresAt?.getTime()
  );
}

/** Whether two resolutions say the same. */
export function isSameResolution(one: TransferResolution, other: TransferResolution): boolean {
  const amountOf = (resolution: TransferResolution) => (resolution.outcome === "POSTED" ? resolution.amountMinor : 0n);
  return one.outcome === other.outcome && amountOf(one) === amountOf(other);
}

/** Checks a resolution. @throws TransferError: more than promised or nothing posted; expired before its time. */
export function requireResolution(transfer: PendingTransfer, resolution: TransferResolution, at: Date): void {
  if (resolution.outcome === "POSTED") {
    const { amountMinor } = resolution;
    if (amountMinor <= 0n || amountMinor > transfer.amount.amountMinor) {
      throw new TransferError(`transfer ${transfer.id}: ${amountMinor} of ${transfer.amount.amountMinor} posted`);
    }
  }
  if (resolution.outcome !== "EXPIRED") return;
  if (transfer.expiresAt === null || transfer.expiresAt.getTime() > at.getTime()) {
    throw new TransferError(`transfer ${transfer.id}: it does not expire yet`);
  }
}

/** What posting moves. */
export function postingOf(transfer: PendingTransfer, amountMinor: bigint): LedgerTransaction {
  const amount = { amountMinor, currency: transfer.amount.currency };
  return transactionOf(transfer.kind, transfer.id, [
    debit(transfer.debitAccount, amount),
    credit(transfer.creditAccount, amount),
  ]);
}

/** Two-phase transfers of one database transaction: pending, then posted, voided or expired, once. */
export interface TransferStore {
  /**
   * Begins a transfer. The same id with the same content begins once.
   * @throws TransferError; LedgerConflictError when the id was used with other content.
   */
  readonly begin: (transfer: PendingTransfer, at: Date) => Promise<void>;
  /**
   * Resolves a transfer and posts what is posted. The same resolution again changes nothing.
   * @throws TransferError; TransferResolvedError when it was resolved in another way before.
   */
  readonly resolve: (transferId: string, resolution: TransferResolution, at: Date) => Promise<void>;
  /** What has been promised and has expired by now without being resolved, oldest first, at most `most`. */
  readonly overdue: (at: Date, most: number) => Promise<string[]>;
  /**
   * Locks accounts until the transaction ends, in the order of their codes, for who spends what is there: only holders of
   * the lock see balances that nobody else spends. Answers the balances in one currency by code; zero for new accounts.
   */
  readonly lockBalances: (
    accounts: readonly string[],
    currency: string,
  ) => Promise<ReadonlyMap<string, AccountBalance>>;
}
