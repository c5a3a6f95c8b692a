import type { Money } from "../../../platform/values/money.ts";
import type { PlacedOrder } from "./order.ts";
import type { PaymentStatus } from "./payment-status.ts";

/** Kinds of payment, as the schema names them. */
export type PaymentMethodKind = "VIRTUAL_ACCOUNT" | "E_WALLET" | "QRIS" | "CARD";

/** A way to pay: `bank-cendana.virtual-account`, served by the provider whose id stands before the dot. */
export interface PaymentMethod {
  readonly id: string;
  readonly kind: PaymentMethodKind;
  /** The provider's id, as `bank-cendana`. */
  readonly provider: string;
  /** The bank or wallet, as shown. */
  readonly providerName: string;
}

/** Transfer the exact amount to the account. */
export interface VirtualAccountInstructions {
  readonly kind: "VIRTUAL_ACCOUNT";
  readonly bankName: string;
  readonly virtualAccountNo: string;
}

/** Approve in the wallet. */
export interface WalletInstructions {
  readonly kind: "E_WALLET";
  readonly walletName: string;
  readonly webRedirectUrl: string;
  /** Null when the wallet gave none. */
  readonly appRedirectUrl: string | null;
}

/** Scan the code: EMV merchant-presented content. */
export interface QrisInstructions {
  readonly kind: "QRIS";
  readonly qrContent: string;
}

/** Type the code in the wallet's app and approve there. */
export interface WalletCodeInstructions {
  readonly kind: "WALLET_CODE";
  readonly walletName: string;
  readonly paymentCode: string;
}

/** Pay on the processor's own page. */
export interface HostedPageInstructions {
  readonly kind: "HOSTED_PAGE";
  readonly processorName: string;
  readonly pageUrl: string;
}

/** What the buyer does to pay. */
export type PaymentInstructions =
  | VirtualAccountInstructions
  | WalletInstructions
  | QrisInstructions
  | WalletCodeInstructions
  | HostedPageInstructions;

/** One payment for the orders of one checkout. Its id is also the reference that providers are given. */
export interface Payment {
  readonly id: string;
  /** The buyer's id in this organisation. */
  readonly buyerId: string;
  readonly status: PaymentStatus;
  readonly methodId: string;
  /** The connector that serves the method, as `bank-cendana`. */
  readonly provider: string;
  readonly amount: Money;
  /** Null until the provider answered. */
  readonly instructions: PaymentInstructions | null;
  /** The provider's own reference; null until it answered. */
  readonly providerReference: string | null;
  /** What a bank's call-backs name; null for other kinds. */
  readonly virtualAccountNo: string | null;
  readonly expiresAt: Date;
  /** When a verified notification or status query said it was paid; null before. */
  readonly paidAt: Date | null;
  readonly createdAt: Date;
}

/** Whether this very charge is what paid the payment: so it stays, also when all of it was sent back since. */
export function isCapturedBy({ status, providerReference, paidAt }: Payment, reference: string): boolean {
  // REFUNDED without ever having been paid: it was money too late, of whatever charge.
  const isPaid = status === "PAID" || (status === "REFUNDED" && paidAt !== null);
  return isPaid && providerReference === reference;
}

/** A payment whose row is locked until the transaction ends, with the orders it covers in the cart's order. */
export interface LockedPayment extends Payment {
  readonly orders: readonly PlacedOrder[];
}

/** Who said what happened to a payment. */
export type PaymentEventSource = "buyer" | "provider-answer" | "notification" | "status-query" | "timer" | "operator";

/** What happened to a payment; appended, never changed. `detail` is JSON without secrets or personal data. */
export interface PaymentEvent {
  readonly paymentId: string;
  /** The fact in the past tense, as `requested`, `paid`, `expired`. */
  readonly kind: string;
  readonly source: PaymentEventSource;
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
}
