import type { Money } from "../../../platform/values/money.ts";
import type { Address } from "./address.ts";
import type { AttemptStore } from "./attempts.ts";
import type { Attribution } from "./attribution.ts";
import type { Cart, CartLine } from "./cart.ts";
import type { OfferedVariant } from "./catalogue.ts";
import type { CommerceEvent, SoldLine } from "./events.ts";
import type { FlashSaleStore } from "./flash-sale.ts";
import type { FulfilmentStore, OrderEvent } from "./fulfilment.ts";
import type { GuestCartStore } from "./guest-cart.ts";
import type { LedgerEntry, LedgerTransaction, LedgerTransactionKind } from "./ledger/transaction.ts";
import type { TransferStore } from "./ledger/transfer.ts";
import type { ListingOperation } from "./listing-operation.ts";
import type { ExceptionStore } from "./money-exception.ts";
import type { NewOrder, OrderStatus } from "./order.ts";
import type { ReturnStore } from "./order-return.ts";
import type { LockedPayment, Payment, PaymentEvent, PaymentInstructions, PaymentMethod } from "./payment.ts";
import type { PaymentStatus } from "./payment-status.ts";
import type { PayoutStore } from "./payout.ts";
import type { PaymentChain } from "./retry-rules.ts";
import type { ShippingStore } from "./shipping/shipment.ts";
import type { Reservation, ReservationState, StockLevel, VariantQuantity } from "./stock.ts";
import type { Voucher, VoucherStore } from "./voucher.ts";

/**
 * One database transaction at READ COMMITTED: what its stores do is committed together or not at all.
 * Locked in this order, so that nobody waits in a circle: idempotency key, guest cart, cart, payment, order that was paid, flash sale by
 * id, voucher by id, product, variant by id, stock by variant id, product's rating, ledger accounts by code, at the end the
 * events of an order or product. Who locks what: docs/decisions/0021.
 */
export interface Transaction {
  readonly idempotency: IdempotencyStore;
  readonly attempts: AttemptStore;
  readonly guestCarts: GuestCartStore;
  readonly carts: CartStore;
  readonly catalogue: OfferStore;
  readonly addresses: AddressStore;
  readonly payments: PaymentStore;
  readonly orders: OrderStore;
  readonly flashSales: FlashSaleStore;
  readonly vouchers: VoucherStore;
  readonly stock: StockStore;
  readonly ledger: LedgerStore;
  readonly transfers: TransferStore;
  readonly fulfilment: FulfilmentStore;
  readonly returns: ReturnStore;
  readonly payouts: PayoutStore;
  readonly shipping: ShippingStore;
  readonly exceptions: ExceptionStore;
  readonly events: EventStore;
}

/** Runs units of work. */
export interface Transactions {
  /**
   * Runs `work` in a transaction and commits when it resolves; a rejection rolls back and is passed on. Work is run again
   * (at most 5 times in all) when the database failed it for the sake of another transaction: it must not act outside `tx`.
   * @throws CommitLostError when the connection was lost at COMMIT, so that the work may be done or not.
   */
  readonly runInTransaction: <Value>(work: (tx: Transaction) => Promise<Value>) => Promise<Value>;
}

/** Remembers requests by (buyer, operation, key). */
export interface IdempotencyStore {
  /**
   * Claims the key. A concurrent claim of the same key waits until the first one's transaction has ended.
   * Answers null when the key is ours now, else what was claimed before: its request hash and result.
   */
  readonly claim: (claim: IdempotencyClaim) => Promise<{ requestHash: string; result: IdempotencyResult } | null>;
  /** Gives a key back that this transaction claimed: a refused request may be sent again. */
  readonly forget: (claim: IdempotencyClaim) => Promise<void>;
  /** Gives a key back as `forget` does, and remembers for some days why its request was refused. */
  readonly forgetRefused: (claim: IdempotencyClaim, refusal: string) => Promise<void>;
  /** What is known of a key, without claiming it. `under-way`: somebody has claimed it and has not ended yet. */
  readonly look: (name: Pick<IdempotencyClaim, "buyerId" | "operation" | "key">) => Promise<KnownRequest>;
}

/** What is known of a request by its key. */
export type KnownRequest =
  | { readonly kind: "made"; readonly result: IdempotencyResult }
  | { readonly kind: "refused"; readonly refusal: string; readonly at: Date }
  | { readonly kind: "under-way" }
  | { readonly kind: "not-known" };

/** What an operation made: names of the rows that its answer is read from again. */
export type IdempotencyResult = Readonly<Record<string, string>>;

/** One request under one key. */
export interface IdempotencyClaim {
  readonly buyerId: string;
  readonly operation:
    | "addToCart"
    | "addAddress"
    | "checkout"
    | "retryPayment"
    | "confirmReceipt"
    | "cancelOrder"
    | "openDispute"
    | "resolveDispute"
    | "refundOrder"
    | "markOrderShipped"
    | "markOrderDelivered"
    | "requestReturn"
    | "approveReturn"
    | "rejectReturn"
    | "confirmReturnReceived"
    | ListingOperation
    | "postReview";
  readonly key: string;
  /** Digest of everything in the request but the key. */
  readonly requestHash: string;
  readonly result: IdempotencyResult;
  readonly at: Date;
}

/** Makes the digest of a request: equal for equal input, whatever the order of its fields. */
export type HashRequest = (request: Readonly<Record<string, string | number | null>>) => string;

/** Carts. */
export interface CartStore {
  /** Locks the buyer's cart row, which is made when there is none, and reads the lines. */
  readonly lock: (buyerId: string) => Promise<Cart>;
  /** Adds or replaces lines by (buyer, variant) and raises the version by one. Needs the lock. Answers the new cart. */
  readonly putLines: (buyerId: string, lines: readonly CartLine[]) => Promise<Cart>;
  /** Takes lines out and raises the version by one. Needs the lock. Answers the new cart. */
  readonly removeLines: (buyerId: string, lineIds: readonly string[]) => Promise<Cart>;
  /** Adds vouchers, or says that the buyer was shown their present terms, and raises the version by one. Needs the lock. */
  readonly putVouchers: (buyerId: string, vouchers: readonly Pick<Voucher, "id" | "version">[]) => Promise<Cart>;
  /** Takes vouchers out and raises the version by one. Needs the lock. Answers the new cart. */
  readonly removeVouchers: (buyerId: string, voucherIds: readonly string[]) => Promise<Cart>;
  /** Takes everything out and raises the version by one. Needs the lock. */
  readonly empty: (buyerId: string) => Promise<void>;
}

/** Variants as cart and checkout need them. */
export interface OfferStore {
  /** The variants that exist, in no order; those no longer sold included. */
  readonly offeredVariants: (variantIds: readonly string[]) => Promise<OfferedVariant[]>;
  /** Locks a variant's row and reads its price; null when there is none. */
  readonly lockPrice: (variantId: string) => Promise<{ readonly productId: string; readonly price: Money } | null>;
  /** Needs the lock. */
  readonly setPrice: (variantId: string, price: Money) => Promise<void>;
}

/** The buyers' address books. */
export interface AddressStore {
  /** The address, when it is this buyer's. */
  readonly find: (buyerId: string, addressId: string) => Promise<Address | null>;
  readonly insert: (address: Address) => Promise<void>;
  /** How many addresses the buyer has. */
  readonly count: (buyerId: string) => Promise<number>;
  readonly hasDistrict: (districtCode: string) => Promise<boolean>;
}

/** What changes beside the status. Fields left out stay. */
export interface PaymentChanges {
  readonly instructions?: PaymentInstructions;
  readonly providerReference?: string;
  readonly virtualAccountNo?: string;
  readonly paidAt?: Date;
}

/** Payments and their append-only events. */
export interface PaymentStore {
  /** The payment without a lock. */
  readonly load: (paymentId: string) => Promise<Payment | null>;
  /** Locks the payment's row until the transaction ends and reads its orders. */
  readonly lock: (paymentId: string) => Promise<LockedPayment | null>;
  /** The payment an account number stands for: the payable one, else the newest; without a lock. */
  readonly findByVirtualAccount: (provider: string, virtualAccountNo: string) => Promise<Payment | null>;
  /** Whether a payment has this charge, by the provider's own reference. */
  readonly hasProviderReference: (provider: string, providerReference: string) => Promise<boolean>;
  readonly insert: (payment: Payment) => Promise<void>;
  /** How many of the buyer's payments may still be paid and so hold stock. Only the cart's lock keeps it true. */
  readonly countPayable: (buyerId: string) => Promise<number>;
  /**
   * Moves the status when the row's status is one of `from`: the row decides. Answers whether it did.
   * @throws PaymentStatusMoveError when the lattice has no such move.
   */
  readonly moveStatus: (
    paymentId: string,
    from: readonly PaymentStatus[],
    to: PaymentStatus,
    changes?: PaymentChanges,
  ) => Promise<boolean>;
  /** Gives the orders of a payment to another one, which is to be paid instead. Needs the lock of the first. */
  readonly replace: (paymentId: string, replacedById: string, at: Date) => Promise<void>;
  /** The payment that took the place of this one, and of that one, to the last; the payment itself when none did. */
  readonly latestOf: (paymentId: string) => Promise<string>;
  /** The payment with those before it, whose place it took. */
  readonly chainOf: (paymentId: string) => Promise<PaymentChain>;
  readonly appendEvent: (event: PaymentEvent, at: Date) => Promise<void>;
  /** What happened to the payment, oldest first. */
  readonly events: (paymentId: string) => Promise<(PaymentEvent & { readonly at: Date })[]>;
}

/** A line of an order on the terms that were agreed to. */
export interface BoughtTerms {
  readonly orderId: string;
  readonly variantId: string;
  readonly quantity: number;
  readonly unitPrice: Money;
}

/** Orders. */
export interface OrderStore {
  /** Inserts the orders with their lines. */
  readonly insert: (orders: readonly NewOrder[]) => Promise<void>;
  /**
   * Moves those orders of the payment whose status is `from`, and says so on their timelines; answers their ids. `because`:
   * who did it and why, when it was not the payment.
   */
  readonly moveStatus: (
    paymentId: string,
    from: OrderStatus,
    to: OrderStatus,
    at: Date,
    because?: Pick<OrderEvent, "by" | "reason">,
  ) => Promise<string[]>;
  /** The lines of a payment's orders, in the order of orders and lines. */
  readonly termsOf: (paymentId: string) => Promise<readonly BoughtTerms[]>;
  /** For each order what it sold, by product and content. */
  readonly soldLines: (orderIds: readonly string[]) => Promise<ReadonlyMap<string, readonly SoldLine[]>>;
}

/** Stock and reservations. Every change needs the lock of the variants it is about. */
export interface StockStore {
  /** Locks the stock rows in the order of variant ids and reads them; variants without a row are left out. */
  readonly lock: (variantIds: readonly string[]) => Promise<StockLevel[]>;
  /** Holds pieces for orders: adds to `reserved` and inserts the reservations as HELD. */
  readonly reserve: (reservations: readonly Reservation[]) => Promise<void>;
  /** The reservations of a payment's orders in a state, in no order. Does not lock: the payment's lock protects them. */
  readonly reservationsOf: (paymentId: string, state: ReservationState) => Promise<Reservation[]>;
  /** The held pieces left the shop: takes them from `on_hand` and `reserved`; the reservations become COMMITTED. */
  readonly commit: (held: readonly Reservation[], at: Date) => Promise<void>;
  /** Gives held pieces back: takes them from `reserved`; the reservations become RELEASED. */
  readonly release: (held: readonly Reservation[], at: Date) => Promise<void>;
  /** Holds pieces again that had been given back: adds to `reserved`; the RELEASED reservations become HELD. */
  readonly holdReleased: (released: readonly Reservation[], expiresAt: Date) => Promise<void>;
  /** Sells pieces that had been given back: takes them from `on_hand`; the RELEASED reservations become COMMITTED. */
  readonly commitReleased: (released: readonly Reservation[], at: Date) => Promise<void>;
  /** Takes pieces back that were sold and not sent: adds to `on_hand`; the COMMITTED reservations become RETURNED. */
  readonly restock: (committed: readonly Reservation[], at: Date) => Promise<void>;
  /** Says how many pieces the shop has: at least those reserved. */
  readonly setOnHand: (variantId: string, onHand: number) => Promise<void>;
}

/** What other organisations are told. */
export interface EventStore {
  /** Puts events, in their order, into the outbox: sent when the transaction commits and not otherwise. */
  readonly append: (events: readonly CommerceEvent[], at: Date) => Promise<void>;
  /** Products of which a variant has run out, or may have come back, by moving these pieces in this transaction. */
  readonly productsNearZero: (moved: readonly VariantQuantity[]) => Promise<string[]>;
  /** Remembers whether the products can be bought now; answers those of which something else, or nothing, was told before. */
  readonly tellAvailability: (
    productIds: readonly string[],
    at: Date,
  ) => Promise<{ readonly productId: string; readonly isAvailable: boolean }[]>;
  /** At most `most` ids of all products, those after `after` in their order. */
  readonly productIdsAfter: (after: string | null, most: number) => Promise<string[]>;
}

/** The ledger. */
export interface LedgerStore {
  /**
   * Posts a transaction. The same cause with the same content posts once and answers the id of the first posting.
   * @throws LedgerConflictError when the cause was posted with other content.
   */
  readonly post: (transaction: LedgerTransaction, at: Date) => Promise<string>;
  /** What was posted under a cause; empty when nothing was. */
  readonly entriesOf: (kind: LedgerTransactionKind, reference: string) => Promise<readonly LedgerEntry[]>;
}

/** What became of asking a provider for a payment. */
export type RequestOutcome =
  | {
      readonly kind: "requested";
      readonly instructions: PaymentInstructions;
      readonly providerReference: string | null;
      readonly virtualAccountNo: string | null;
    }
  /** The provider said no for good; nothing can be paid under this reference. */
  | { readonly kind: "refused"; readonly reason: string }
  /** No answer, or one that says nothing: ask for the status under the same reference, never request anew. */
  | { readonly kind: "unknown"; readonly reason: string };

/** What a provider says of a payment that it was asked for. */
export type StatusAnswer =
  | { readonly kind: "paid"; readonly amount: Money; readonly providerReference: string | null; readonly paidAt: Date }
  /** `isMoving`: somebody is paying just now, the provider may hold the money already. */
  | { readonly kind: "pending"; readonly isMoving: boolean }
  | { readonly kind: "not-found" }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "refunded" }
  | { readonly kind: "unknown"; readonly reason: string };

/** What became of asking a provider to cancel. `paid`: it has the money and refuses for that reason; ask for the status. */
export type CancelOutcome = ProviderOutcome | { readonly kind: "paid"; readonly reason: string };

/** What became of asking a provider to send money back. */
export type ProviderOutcome =
  | { readonly kind: "done"; readonly providerReference: string | null }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "unknown"; readonly reason: string };

/** A bank or wallet. Calls are made outside transactions; each is safe to repeat for the same payment. */
export interface PaymentProvider {
  /** Stable id, as `bank-cendana`. */
  readonly id: string;
  /** Ways to pay that it serves. */
  readonly methods: readonly PaymentMethod[];
  /** Asks for the payment under the payment's id as reference. Faults of the network are `unknown`, never thrown. */
  readonly requestPayment: (payment: Payment) => Promise<RequestOutcome>;
  readonly queryStatus: (payment: Payment) => Promise<StatusAnswer>;
  /** Closes what the buyer could still pay. */
  readonly cancel: (payment: Payment) => Promise<CancelOutcome>;
  /** Whether it has a call that sends money of this payment back. */
  readonly canRefund: (payment: Payment) => boolean;
  /** Sends `amount` back. `reference` names the refund: asked twice under one reference, the money moves once. */
  readonly refund: (payment: Payment, reference: string, amount: Money) => Promise<ProviderOutcome>;
}

/** Durable workflows about payments. */
export type PaymentWorkflowName =
  | "settle-payment-request"
  | "expire-payment"
  | "apply-notification"
  | "refund-late-money"
  | "send-refund"
  | "void-payment"
  | "close-charge"
  | "reconcile-settlement";

/** Durable workflows about orders that were paid. */
export type FulfilmentWorkflowName = "complete-order" | "order-deadline" | "book-shipment" | "track-shipment";

/** Durable workflows that a day brings. */
export type DailyWorkflowName = "pay-out-batch" | "pay-out" | "close-ledger-day";

/** Durable workflows that commerce starts. */
export type WorkflowName = PaymentWorkflowName | FulfilmentWorkflowName | DailyWorkflowName;

/** Starts durable work: it survives crashes and runs at least once; its steps are conditional on the rows. */
export interface DurableWork {
  /** Starts the work when the transaction commits and not otherwise; the same id starts once. */
  readonly startInTx: (
    tx: Transaction,
    workflow: WorkflowName,
    id: string,
    input: Readonly<Record<string, string>>,
    options?: { readonly delayMs?: number },
  ) => Promise<void>;
}

/** Asks the provider for a payment that checkout has committed. */
export interface PaymentRequests {
  /** Resolves when the provider's answer is recorded or the deadline passed; never rejects for the provider's sake. */
  readonly request: (paymentId: string) => Promise<void>;
  /**
   * Closes the charge of a payment at its provider. `closed`: nobody can pay it any more, or it is over already. `open`: it
   * may be paid, the provider does not answer, or it does not know the charge yet. What it says of the money is applied.
   */
  readonly close: (paymentId: string) => Promise<"closed" | "open">;
}

/** Verifies the tokens by which the content organisation says what was clicked. */
export interface AttributionTokens {
  /** The click; null when the token is malformed, forged, expired or for somebody else. */
  readonly verify: (token: string) => Promise<Attribution | null>;
}
