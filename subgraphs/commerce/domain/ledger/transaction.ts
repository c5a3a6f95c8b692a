import type { Money } from "../../../../platform/values/money.ts";

/** One side of a transaction: `amountMinor` above zero debits the account, below zero credits it. Never zero. */
export interface LedgerEntry {
  /** Account code, as `buyer_escrow:<order id>`. */
  readonly account: string;
  readonly amountMinor: bigint;
  readonly currency: string;
}

/**
 * Money that moved: at least two entries that sum to zero in each currency. (kind, reference) is its cause and its
 * idempotency key: the same cause posts once.
 */
export interface LedgerTransaction {
  readonly kind: LedgerTransactionKind;
  /** What caused it, as an order's or a payment's id. */
  readonly reference: string;
  readonly entries: readonly LedgerEntry[];
}

/** What kinds of movement there are. */
export type LedgerTransactionKind =
  | "capture"
  | "late-money"
  | "unclaimed-money"
  | "out-of-suspense"
  | "honour"
  | "refund-owed"
  | "refund-paid"
  | "release"
  | "netting"
  | "payout"
  | "refund-requested"
  | "refund-sent"
  | "settlement"
  | "shipping-borne"
  | "courier-bill"
  | "carriage-reversed"
  | "carriage-restored"
  | "refund-by-hand"
  | "correction"
  | "write-off";

/** Entries do not sum to zero, are too few or contain a zero. A bug of the caller; nothing is posted. */
export class UnbalancedTransactionError extends Error {
  override readonly name = "UnbalancedTransactionError";
}

/** The cause was posted before with other content. A bug of the caller; nothing is posted. */
export class LedgerConflictError extends Error {
  override readonly name = "LedgerConflictError";
}

/** Debits an account. */
export function debit(account: string, amount: Money): LedgerEntry {
  return { account, amountMinor: amount.amountMinor, currency: amount.currency };
}

/** Credits an account. */
export function credit(account: string, amount: Money): LedgerEntry {
  return { account, amountMinor: -amount.amountMinor, currency: amount.currency };
}

/** Makes a transaction. @throws UnbalancedTransactionError unless the entries sum to zero per currency. */
export function transactionOf(
  kind: LedgerTransactionKind,
  reference: string,
  entries: readonly LedgerEntry[],
): LedgerTransaction {
  if (entries.length < 2) throw new UnbalancedTransactionError(`${kind} ${reference}: fewer than two entries`);
  const sums = new Map<string, bigint>();
  for (const entry of entries) {
    if (entry.amountMinor === 0n) throw new UnbalancedTransactionError(`${kind} ${reference}: an entry of zero`);
    sums.set(entry.currency, (sums.get(entry.currency) ?? 0n) + entry.amountMinor);
  }
  for (const [currency, total] of sums) {
    if (total !== 0n) throw new UnbalancedTransactionError(`${kind} ${reference}: off by ${total} in ${currency}`);
  }
  return { kind, reference, entries };
}

function contentOf(entries: readonly LedgerEntry[]): string {
  return entries
    .map((entry) => `${entry.account} ${entry.currency} ${entry.amountMinor}`)
    .sort()
    .join("\n");
}

/** Whether two lists of entries say the same, whatever their order. */
export function isSameContent(one: readonly LedgerEntry[], other: readonly LedgerEntry[]): boolean {
  return contentOf(one) === contentOf(other);
}
