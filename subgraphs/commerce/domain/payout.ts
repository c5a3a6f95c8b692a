import type { Money } from "../../../platform/values/money.ts";
import { accounts } from "./ledger/movements.ts";

/** Where a payout stands. UNKNOWN: the bank did not say what became of it; it is asked, and not sent anew. */
export type PayoutStatus = "REQUESTED" | "UNKNOWN" | "PAID" | "FAILED";

/** A bank account that somebody is paid on. */
export interface PayoutAccount {
  /** Three digits. */
  readonly bankCode: string;
  readonly accountNo: string;
  readonly accountName: string;
}

/**
 * Money that is sent to somebody whom we owe it. Its id is the reference at the bank and the id of its transfer in the
 * ledger. `holder` is `seller:<shop id>`, `affiliate:<organisation>` or `courier:<courier>`; a holder is paid once a batch.
 */
export interface Payout {
  readonly id: string;
  readonly holder: string;
  /** The batch that it belongs to: a day, as `2026-11-25`, or what an operator calls it. */
  readonly batch: string;
  readonly status: PayoutStatus;
  readonly amount: Money;
  /** Copied when it was requested. */
  readonly account: PayoutAccount;
  readonly createdAt: Date;
}

/** What became of asking a bank to send money. */
export type PayoutOutcome =
  | { readonly kind: "done"; readonly providerReference: string | null }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "unknown"; readonly reason: string };

/** What a bank says of a transfer that was asked for before. */
export type PayoutStatusAnswer =
  | { readonly kind: "done"; readonly providerReference: string | null }
  | { readonly kind: "pending" }
  | { readonly kind: "not-found" }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "unknown"; readonly reason: string };

/** A bank that sends money. Calls are made outside transactions; each is safe to repeat for the same payout. */
export interface PayoutProvider {
  /** Stable id, as `bank-cendana`. */
  readonly id: string;
  /** Sends it under the payout's id: asked twice, the money moves once. Faults of the network are `unknown`. */
  readonly pay: (payout: Payout) => Promise<PayoutOutcome>;
  readonly queryStatus: (payout: Payout) => Promise<PayoutStatusAnswer>;
}

/** The least that is sent, in minor units: Rp 10.000. What is less waits for the next batch. */
export const leastPayoutMinor = 1_000_000n;

/** Whether it is not known yet what became of a payout. */
export function isOpenPayout({ status }: Payout): boolean {
  return status === "REQUESTED" || status === "UNKNOWN";
}

/** The ledger account that a holder is paid from. @throws Error for a holder of a kind that nobody pays. */
export function payableAccountOf(holder: string): string {
  const [kind, owner] = holder.split(":");
  if (kind === "seller" && owner !== undefined) return accounts.sellerPayable(owner);
  if (kind === "affiliate" && owner !== undefined) return accounts.affiliatePayable(owner);
  if (kind === "courier" && owner !== undefined) return accounts.courierPayable(owner);
  throw new Error(`${holder} is nobody who is paid out`);
}

/** The ledger account of what a holder owes, which is taken off first; null for one who never owes anything. */
export function receivableAccountOf(holder: string): string | null {
  const [kind, owner] = holder.split(":");
  if (kind === "seller" && owner !== undefined) return accounts.sellerReceivable(owner);
  if (kind === "courier" && owner !== undefined) return accounts.courierReceivable(owner);
  return null;
}

/** Payouts of one database transaction. */
export interface PayoutStore {
  /** Holders that have a bank account that may be used, in order, at most `most`, those after `after`. */
  readonly holdersAfter: (after: string, most: number) => Promise<string[]>;
  /** The account that a holder is paid on: the last one that may be used already; null when there is none. */
  readonly accountOf: (holder: string) => Promise<PayoutAccount | null>;
  readonly load: (payoutId: string) => Promise<Payout | null>;
  readonly find: (holder: string, batch: string) => Promise<Payout | null>;
  /** Payouts that are not at their end, in the order of their ids, at most `most`, those after `after`. */
  readonly openAfter: (after: string | null, most: number) => Promise<Payout[]>;
  readonly insert: (payout: Payout) => Promise<void>;
  /** Writes down that a bank is told to send it now, for the `first` time or `again`; `over`: it has ended, and is not to be sent. */
  readonly markSent: (payoutId: string, at: Date) => Promise<"first" | "again" | "over">;
  /**
   * Makes a payout that is not at its end FAILED because the bank refused to send it, unless it was told to send it again since:
   * `sent-again`. `over`: it had ended.
   */
  readonly refuse: (payoutId: string, reason: string, at: Date) => Promise<"refused" | "sent-again" | "over">;
  /** Moves a payout that is not at its end; answers whether it was. */
  readonly settle: (
    payoutId: string,
    status: "UNKNOWN" | "PAID" | "FAILED",
    detail: { readonly providerReference: string | null; readonly reason: string | null },
    at: Date,
  ) => Promise<boolean>;
}
