import type { Money } from "../../../platform/values/money.ts";
import type { Attribution } from "./attribution.ts";
import type { CartVoucher } from "./voucher.ts";

/** Most pieces of a variant in a cart. */
export const mostPiecesPerLine = 99;

/** Most lines in a cart: what one checkout locks and one answer carries stays bounded. */
export const mostLinesPerCart = 100;

/** What a buyer is about to buy. A buyer has one. */
export interface Cart {
  readonly buyerId: string;
  /** Rises by one with every change; 0 when nothing was ever added. */
  readonly version: number;
  /** Oldest first. */
  readonly lines: readonly CartLine[];
  /** Vouchers that are to be redeemed, by code. */
  readonly vouchers: readonly CartVoucher[];
}

/** A variant in the cart. */
export interface CartLine {
  readonly id: string;
  readonly variantId: string;
  /** Who sells it. */
  readonly shopId: string;
  readonly quantity: number;
  /** The price of one piece that the buyer was shown. */
  readonly unitPrice: Money;
  readonly attribution: Attribution | null;
}
