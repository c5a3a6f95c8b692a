import type { Money } from "../../../platform/values/money.ts";
import type { StockShortage } from "./stock.ts";

/** Where a flash sale stands, by the database's clock. */
export type FlashSaleStatus = "SCHEDULED" | "RUNNING" | "SOLD_OUT" | "ENDED";

/** A variant for less, as long as it runs and has pieces left. */
export interface FlashSale {
  readonly id: string;
  readonly variantId: string;
  readonly price: Money;
  /** What the variant costs without it. */
  readonly regularPrice: Money;
  readonly quota: number;
  readonly remaining: number;
  readonly maxPerBuyer: number;
  readonly status: FlashSaleStatus;
  readonly startsAt: Date;
  readonly endsAt: Date;
}

/** The sale that an offer's price comes from. */
export interface OfferedSale {
  readonly id: string;
  readonly remaining: number;
  readonly maxPerBuyer: number;
}

/** Pieces of a sale that an order has. */
export interface FlashSaleClaim {
  readonly id: string;
  readonly saleId: string;
  readonly orderId: string;
  readonly buyerId: string;
  readonly quantity: number;
}

/** What anybody may read of flash sales; one statement each. */
export interface FlashSaleReads {
  readonly flashSalesByIds: (ids: readonly string[]) => Promise<FlashSale[]>;
  /** Those that are not over, soonest end first. */
  readonly openFlashSales: (first: number) => Promise<FlashSale[]>;
}

/** Flash sales in one transaction. Sales are locked in the order of their ids, after the payment and before stock. */
export interface FlashSaleStore {
  /** Locks the variants' sales that are not over: what is read of them afterwards stays true until the transaction ends. */
  readonly lockOpen: (variantIds: readonly string[]) => Promise<void>;
  /** How many pieces of each sale the buyer has; sales without any are left out. Needs the lock. */
  readonly claimedBy: (buyerId: string, saleIds: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  /** Takes the pieces from the quotas. Needs the lock. */
  readonly claim: (claims: readonly FlashSaleClaim[]) => Promise<void>;
  /** Gives back what the payment's orders claimed. Locks. */
  readonly release: (paymentId: string, at: Date) => Promise<void>;
  /** Gives back what one order claimed, if it did not before. Locks. */
  readonly releaseOfOrder: (orderId: string, at: Date) => Promise<void>;
  /**
   * Locks the sales of the payment's released claims; answers those of which fewer pieces are left than were claimed, in
   * all or for the buyer.
   */
  readonly releasedShortages: (paymentId: string) => Promise<StockShortage[]>;
  /** Variants of the payment's released claims whose sale does not run now, by the database's clock. Locks nothing. */
  readonly releasedOver: (paymentId: string) => Promise<string[]>;
  /** Claims what was released again. Needs the lock. */
  readonly claimAgain: (paymentId: string) => Promise<void>;
}

/** How many more pieces of a sale a buyer can have who has `claimed` of them. */
export function claimableOf(sale: OfferedSale, claimed: number): number {
  return Math.max(0, Math.min(sale.remaining, sale.maxPerBuyer - claimed));
}
