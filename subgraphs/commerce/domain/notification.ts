import type { Money } from "../../../platform/values/money.ts";
import type { Payment } from "./payment.ts";
import type { Transaction } from "./ports.ts";

/** A verified call-back about a payment, in the domain's words. */
export interface Notification {
  /** The connector that verified it, as `bank-cendana`. */
  readonly provider: string;
  /** The provider's name for the charge: with `providerStatus` and `amount`, the same for every repetition. */
  readonly reference: string;
  /** The status as the provider wrote it. */
  readonly providerStatus: string;
  /** What the status means. `unclear` is anything that the connector's table does not list. */
  readonly meaning: "paid" | "failed" | "unclear";
  readonly amount: Money;
  /**
   * `asked`: the provider gives the money back when we say no (a virtual account's payment call).
   * `moved`: the money is with the provider whatever we say (QRIS, wallets).
   */
  readonly money: "asked" | "moved";
  /** The bytes that were verified. */
  readonly rawBody: Uint8Array;
}

/** What was decided about a notification while the payment's row was locked. `NOTED`: it is not about money that came. */
export type Verdict = "ACCEPTED" | "AMOUNT_MISMATCH" | "EXPIRED" | "ALREADY_PAID" | "UNKNOWN_REFERENCE" | "NOTED";

/** A response to a provider; a repetition gets the same status and fields again. `body` is a JSON object. */
export interface CallbackAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A notification as it was kept. */
export interface KeptNotification {
  readonly id: string;
  readonly provider: string;
  readonly reference: string;
  readonly providerStatus: string;
  readonly paymentId: string | null;
  readonly verdict: Verdict;
  readonly amount: Money;
  readonly answer: CallbackAnswer;
  readonly receivedAt: Date;
  /** When its consequences were drawn; null while the work is still to be done. */
  readonly appliedAt: Date | null;
}

/** A request that a provider numbered. */
export interface NumberedCall {
  readonly provider: string;
  /** The day in the provider's zone, `2026-11-24`: the number is unique within it. */
  readonly day: string;
  readonly externalId: string;
  /** Equal for what counts as the same request. */
  readonly identity: string;
}

/** What providers told us: each number and each fact once. All of it lives in the caller's transaction. */
export interface NotificationInbox {
  /**
   * Claims the number; a concurrent claim waits until the first one's transaction has ended. Answers null when it is ours
   * now, else what the first request was and what it was answered.
   */
  readonly claimNumber: (
    tx: Transaction,
    call: NumberedCall,
    at: Date,
  ) => Promise<{ readonly identity: string; readonly answer: CallbackAnswer } | null>;
  /** Keeps the answer to a claimed number. */
  readonly keepAnswer: (tx: Transaction, call: NumberedCall, answer: CallbackAnswer) => Promise<void>;
  /** The notification that told the same of the same payment, or of none. */
  readonly find: (
    tx: Transaction,
    fact: Pick<Notification, "provider" | "reference" | "providerStatus" | "amount">,
    paymentId: string | null,
  ) => Promise<KeptNotification | null>;
  /** Keeps a notification; answers false, and keeps nothing, when the fact is kept for that payment already. */
  readonly insert: (tx: Transaction, kept: KeptNotification, rawBody: Uint8Array) => Promise<boolean>;
  readonly load: (tx: Transaction, notificationId: string) => Promise<KeptNotification | null>;
  readonly markApplied: (tx: Transaction, notificationId: string, at: Date) => Promise<void>;
  /** Whether the payment has an accepted notification whose consequences are not drawn yet: it must not expire. */
  readonly hasUnapplied: (tx: Transaction, paymentId: string) => Promise<boolean>;
}

/** How a notification names its payment. */
export type PaymentName =
  | { readonly by: "id"; readonly paymentId: string }
  | { readonly by: "virtual-account"; readonly virtualAccountNo: string };

/** Finds the payment a provider means, of that provider alone; null when it has none. */
export async function findNamed(tx: Transaction, provider: string, name: PaymentName): Promise<Payment | null> {
  const payment =
    name.by === "id"
      ? await tx.payments.load(name.paymentId)
      : await tx.payments.findByVirtualAccount(provider, name.virtualAccountNo);
  return payment?.provider === provider ? payment : null;
}
