import { readIdempotencyKey } from "../../../platform/values/texts.ts";
import type { Cart } from "./cart.ts";
import type { DisputeStatus, OrderStatus } from "./order.ts";
import type { ReturnStatus } from "./order-return.ts";
import type { RetryEndReason } from "./retry-rules.ts";
import type { StockShortage } from "./stock.ts";
import type { Voucher } from "./voucher.ts";

/** An input value is outside its bounds; `message` says what would be accepted. */
export interface InvalidInput {
  readonly kind: "InvalidInput";
  /** As `input.quantity`. */
  readonly field: string;
  readonly message: string;
}

/** The idempotency key was used with another request. */
export interface IdempotencyConflict {
  readonly kind: "IdempotencyConflict";
}

/** Fewer pieces can be bought than were asked for. */
export interface OutOfStock {
  readonly kind: "OutOfStock";
  /** The input field that asked for too many; null at checkout. */
  readonly field: string | null;
  readonly shortages: readonly StockShortage[];
}

/** The variant does not exist or is no longer sold. */
export interface VariantNotFound {
  readonly kind: "VariantNotFound";
}

/** The cart has no such line. */
export interface CartLineNotFound {
  readonly kind: "CartLineNotFound";
}

/** The district does not exist. */
export interface DistrictNotFound {
  readonly kind: "DistrictNotFound";
}

/** The cart is not of the version that was meant. */
export interface CartChanged {
  readonly kind: "CartChanged";
  readonly cart: Cart;
}

/** There is nothing to buy. */
export interface CartEmpty {
  readonly kind: "CartEmpty";
}

/** Prices are no longer those that were shown; `cart` has the new ones. */
export interface PriceChanged {
  readonly kind: "PriceChanged";
  readonly cart: Cart;
}

/** The address does not exist or is somebody else's. */
export interface AddressNotFound {
  readonly kind: "AddressNotFound";
}

/** The way to pay is not offered. */
export interface PaymentMethodUnavailable {
  readonly kind: "PaymentMethodUnavailable";
}

/** The payment does not exist or is somebody else's. */
export interface PaymentNotFound {
  readonly kind: "PaymentNotFound";
}

/** The payment is paid, sent back, cancelled or replaced by another: there is nothing to pay. */
export interface PaymentSettled {
  readonly kind: "PaymentSettled";
  readonly paymentId: string;
}

/** The payment's provider has not closed the charge: it may be paid just now, or does not answer. */
export interface PaymentUnsettled {
  readonly kind: "PaymentUnsettled";
}

/** The buyer has `most` payments that hold stock and are not paid. */
export interface TooManyOpenPayments {
  readonly kind: "TooManyOpenPayments";
  readonly most: number;
}

/** The same orders cannot be paid in yet another way. */
export interface PaymentRetryEnded {
  readonly kind: "PaymentRetryEnded";
  readonly reason: RetryEndReason;
}

/** Orders whose stock was given back cannot be had on the terms that were agreed to; `variantId`: of which goods. */
export interface OrderTermsChanged {
  readonly kind: "OrderTermsChanged";
  readonly reason: "FLASH_SALE_OVER" | "VARIANT_NOT_SOLD" | "PRICE_CHANGED" | "SHIPPING_CHANGED";
  readonly variantId: string | null;
}

/** The order does not exist, or is not one that the caller may act on. */
export interface OrderNotFound {
  readonly kind: "OrderNotFound";
}

/** The order stands where this cannot be done. */
export interface OrderStatusConflict {
  readonly kind: "OrderStatusConflict";
  readonly status: OrderStatus;
  readonly dispute: DisputeStatus;
}

/** More pieces than a flash sale has left, or has for one buyer, who can have `availableQuantity` more. */
export interface FlashSaleLimitReached {
  readonly kind: "FlashSaleLimitReached";
  readonly saleId: string;
  readonly availableQuantity: number;
}

/** No courier carries a shop's parcel to the address, or none of them answers; `silent` names those that do not. */
export interface ShippingUnavailable {
  readonly kind: "ShippingUnavailable";
  readonly shopId: string;
  readonly silent: readonly string[];
}

/** A chosen quote has expired, or was never made to this buyer. */
export interface ShippingQuoteExpired {
  readonly kind: "ShippingQuoteExpired";
}

/** The parcels are not those that were quoted: the goods or the address differ. */
export interface ShippingQuoteChanged {
  readonly kind: "ShippingQuoteChanged";
}

/** There is no such guest cart, or it was merged into somebody's. */
export interface GuestCartNotFound {
  readonly kind: "GuestCartNotFound";
}

/** There is no such voucher, or not in this cart. */
export interface VoucherNotFound {
  readonly kind: "VoucherNotFound";
}

/** The voucher is not valid yet, or not any more. */
export interface VoucherExpired {
  readonly kind: "VoucherExpired";
  readonly voucher: Voucher;
}

/** All redemptions are taken: in all, or (`isOfBuyer`) those that one buyer may have. */
export interface VoucherQuotaSpent {
  readonly kind: "VoucherQuotaSpent";
  readonly voucher: Voucher;
  readonly isOfBuyer: boolean;
}

/** Another voucher in the cart cannot be used together with it. */
export interface VoucherNotStackable {
  readonly kind: "VoucherNotStackable";
  readonly voucher: Voucher;
  readonly other: Voucher;
}

/** What the voucher is about costs too little. */
export interface VoucherMinimumNotMet {
  readonly kind: "VoucherMinimumNotMet";
  readonly voucher: Voucher;
  readonly missingMinor: bigint;
}

/** The voucher's terms are no longer those that were shown; the cart has the new ones. */
export interface VoucherChanged {
  readonly kind: "VoucherChanged";
  readonly voucher: Voucher;
  readonly cart: Cart;
}

/** Why a voucher in a cart cannot be redeemed now. */
export type RedemptionRefusal = VoucherExpired | VoucherQuotaSpent | VoucherMinimumNotMet | VoucherChanged;

/** The product does not exist, or is not of the caller's shop. */
export interface ProductNotFound {
  readonly kind: "ProductNotFound";
}

/** Fewer pieces would be left than are reserved for orders. */
export interface StockReserved {
  readonly kind: "StockReserved";
  readonly onHand: number;
  readonly reserved: number;
}

/** The order line does not exist, or is somebody else's. */
export interface OrderLineNotFound {
  readonly kind: "OrderLineNotFound";
}

/** Nobody who may say so said that the order arrived. */
export interface OrderNotDelivered {
  readonly kind: "OrderNotDelivered";
  readonly status: OrderStatus;
}

/** The order line has a review. */
export interface ReviewExists {
  readonly kind: "ReviewExists";
  readonly orderLineId: string;
}

/** It was tried as often as one may within a window of time. */
export interface TooManyAttempts {
  readonly kind: "TooManyAttempts";
  /** Until the next window begins. */
  readonly retryAfterSeconds: number;
}

/** The return does not exist, or is not one of the shop's. */
export interface ReturnNotFound {
  readonly kind: "ReturnNotFound";
}

/** The return stands where this cannot be done. */
export interface ReturnStatusConflict {
  readonly kind: "ReturnStatusConflict";
  readonly status: ReturnStatus;
}

/** The order arrived too long ago to be sent back. */
export interface ReturnWindowClosed {
  readonly kind: "ReturnWindowClosed";
  readonly closedAt: Date;
}

/** Says that an input field is outside its bounds. */
export function invalidInput(field: string, message: string): InvalidInput {
  return { kind: "InvalidInput", field, message };
}

/** Checks an idempotency key: 8 to 64 printable characters. Answers null when it is acceptable. */
export function checkIdempotencyKey(key: string): InvalidInput | null {
  const read = readIdempotencyKey(key);
  return read.ok ? null : invalidInput("input.idempotencyKey", read.refusal);
}
