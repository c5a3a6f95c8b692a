import type { Money } from "../../../platform/values/money.ts";
import type { Transaction } from "./ports.ts";

/** BY_HAND: the provider refuses, or has no call that sends it back; the money is still owed. */
export type RefundState = "REQUESTED" | "DONE" | "BY_HAND";

/** Money of a captured payment that is sent back. `id` is the reference that the provider is given. */
export interface Refund {
  readonly id: string;
  readonly paymentId: string;
  readonly orderId: string;
  /** Chosen by who asks: the same key is the same refund. */
  readonly key: string;
  readonly amount: Money;
  readonly reason: string;
  readonly state: RefundState;
  /** What the provider, or the bank that a person sent it by, calls it; null until it was sent. */
  readonly providerReference: string | null;
}

/** Refunds in the caller's transaction. The lock of the payment protects its refunds. */
export interface RefundBook {
  readonly insert: (tx: Transaction, refund: Refund, at: Date) => Promise<void>;
  readonly load: (tx: Transaction, refundId: string) => Promise<Refund | null>;
  /** All refunds of a payment, whatever became of them. */
  readonly ofPayment: (tx: Transaction, paymentId: string) => Promise<Refund[]>;
  /** Moves a refund that is REQUESTED; answers whether it was. */
  readonly settle: (
    tx: Transaction,
    refundId: string,
    state: Exclude<RefundState, "REQUESTED">,
    providerReference: string | null,
    at: Date,
  ) => Promise<boolean>;
  /** Makes a refund that is BY_HAND DONE: a person sent the money, or the provider after all. Answers whether it was. */
  readonly finishByHand: (tx: Transaction, refundId: string, reference: string | null, at: Date) => Promise<boolean>;
}
