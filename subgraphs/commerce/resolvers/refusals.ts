import type { Shop, Variant } from "../domain/catalogue.ts";
import type { FlashSale } from "../domain/flash-sale.ts";
import type { Payment, PaymentMethod } from "../domain/payment.ts";
import type {
  CartChanged,
  FlashSaleLimitReached,
  InvalidInput,
  OrderNotDelivered,
  OrderStatusConflict,
  OrderTermsChanged,
  OutOfStock,
  PaymentRetryEnded,
  PriceChanged,
  ShippingUnavailable,
  StockReserved,
  TooManyAttempts,
  TooManyOpenPayments,
} from "../domain/refusals.ts";
import type { Review } from "../domain/review.ts";

// One function for each refusal of the schema, so that the compiler holds them to the unions they may appear in.

/** An input value is outside its bounds. */
export function toInvalidInput({ field, message }: InvalidInput) {
  return { __typename: "InvalidInput", code: "INVALID_INPUT", field, message } as const;
}

/** The key was used with another request. */
export function toIdempotencyConflict() {
  return {
    __typename: "IdempotencyConflict",
    code: "IDEMPOTENCY_CONFLICT",
    field: "input.idempotencyKey",
    message: "This idempotency key was used with another request; choose a new one.",
  } as const;
}

/** The variant does not exist or is no longer sold. */
export function toVariantNotFound() {
  return {
    __typename: "VariantNotFound",
    code: "VARIANT_NOT_FOUND",
    field: "input.variantId",
    message: "This variant does not exist or is no longer sold.",
  } as const;
}

/** There is no such guest cart, or it was merged. */
export function toGuestCartNotFound() {
  return {
    __typename: "GuestCartNotFound",
    code: "GUEST_CART_NOT_FOUND",
    field: "input.guestToken",
    message: "This guest cart does not exist any more; begin another one, or use the cart of who is signed in.",
  } as const;
}

/** The cart has no such line. */
export function toCartLineNotFound() {
  return {
    __typename: "CartLineNotFound",
    code: "CART_LINE_NOT_FOUND",
    field: "input.cartLineId",
    message: "The cart has no such line; read the cart again.",
  } as const;
}

/** The district does not exist. */
export function toDistrictNotFound() {
  return {
    __typename: "DistrictNotFound",
    code: "DISTRICT_NOT_FOUND",
    field: "input.districtCode",
    message: "There is no district of this code; `districts` finds codes by name.",
  } as const;
}

/** Fewer pieces can be bought than were asked for. */
export function toOutOfStock({ field, shortages }: OutOfStock) {
  return {
    __typename: "OutOfStock" as const,
    code: "OUT_OF_STOCK" as const,
    field,
    message: "Fewer pieces can be bought than were asked for; nothing was reserved.",
    shortages: [...shortages],
  };
}

/** The cart is not of the version that was meant. */
export function toCartChanged({ cart }: CartChanged) {
  return {
    __typename: "CartChanged",
    code: "CART_CHANGED",
    field: "input.expectedCartVersion",
    message: `The cart is at version ${cart.version} now; look at it, then check out that version.`,
    cart,
  } as const;
}

/** There is nothing to buy. */
export function toCartEmpty() {
  return { __typename: "CartEmpty", code: "CART_EMPTY", field: null, message: "The cart is empty." } as const;
}

/** Prices are no longer those that were shown. */
export function toPriceChanged({ cart }: PriceChanged) {
  return {
    __typename: "PriceChanged",
    code: "PRICE_CHANGED",
    field: null,
    message: `Prices changed; the cart has the new ones under version ${cart.version}.`,
    cart,
  } as const;
}

/** The address does not exist or is somebody else's. */
export function toAddressNotFound() {
  return {
    __typename: "AddressNotFound",
    code: "ADDRESS_NOT_FOUND",
    field: "input.addressId",
    message: "The address book has no such address; `addAddress` adds one.",
  } as const;
}

/** The way to pay is not offered. */
export function toPaymentMethodUnavailable(methods: readonly PaymentMethod[]) {
  return {
    __typename: "PaymentMethodUnavailable" as const,
    code: "PAYMENT_METHOD_UNAVAILABLE" as const,
    field: "input.paymentMethodId",
    message: "This way to pay is not offered now; choose one of those listed.",
    paymentMethods: [...methods],
  };
}

/** The payment does not exist or is somebody else's. */
export function toPaymentNotFound() {
  return {
    __typename: "PaymentNotFound",
    code: "PAYMENT_NOT_FOUND",
    field: "input.paymentId",
    message: "You have no such payment.",
  } as const;
}

/** There is nothing to pay: the payment is paid, sent back, cancelled or replaced. */
export function toPaymentSettled(payment: Payment) {
  return {
    __typename: "PaymentSettled" as const,
    code: "PAYMENT_SETTLED" as const,
    field: "input.paymentId",
    message: "There is nothing left to pay here: it is paid, sent back, cancelled, or paid for in another way.",
    payment,
  };
}

/** The provider has not closed the charge. */
export function toPaymentUnsettled(field: "input.paymentId" | "input.orderId") {
  return {
    __typename: "PaymentUnsettled",
    code: "PAYMENT_UNSETTLED",
    field,
    message: "The bank or wallet has not closed this payment yet; it may be paid just now. Try again in a moment.",
  } as const;
}

/** There is no other try for the same orders. */
export function toPaymentRetryEnded({ reason }: PaymentRetryEnded) {
  return {
    __typename: "PaymentRetryEnded",
    code: "PAYMENT_RETRY_ENDED",
    field: "input.paymentId",
    message:
      reason === "TOO_LATE"
        ? "It is too late to pay for this order; put what you still want into the cart and order it anew."
        : "This order was tried to be paid too often; put what you still want into the cart and order it anew.",
    reason,
  } as const;
}

const changedTerms: Readonly<Record<OrderTermsChanged["reason"], string>> = {
  FLASH_SALE_OVER: "The flash sale is over",
  VARIANT_NOT_SOLD: "Something of this order is no longer sold",
  PRICE_CHANGED: "Something of this order has another price now",
  SHIPPING_CHANGED: "Carrying this order costs something else now, or is not offered",
};

/** What the orders gave back cannot be had on the old terms. */
export function toOrderTermsChanged({ reason }: OrderTermsChanged, variant: Variant | null) {
  return {
    __typename: "OrderTermsChanged" as const,
    code: "ORDER_TERMS_CHANGED" as const,
    field: "input.paymentId",
    message: `${changedTerms[reason]}; put what you still want into the cart and order it anew.`,
    reason,
    variant,
  };
}

/** The buyer has as many unpaid payments as one may have. */
export function toTooManyOpenPayments({ most }: TooManyOpenPayments) {
  return {
    __typename: "TooManyOpenPayments",
    code: "TOO_MANY_OPEN_PAYMENTS",
    field: null,
    message: `You have ${most} payments that are not paid yet; pay one, or let one expire, before you order more.`,
  } as const;
}

/** The order does not exist, or is not one that the caller may act on. */
export function toOrderNotFound() {
  return {
    __typename: "OrderNotFound",
    code: "ORDER_NOT_FOUND",
    field: "input.orderId",
    message: "There is no such order that you may act on.",
  } as const;
}

/** The order stands where this cannot be done. */
export function toOrderStatusConflict({ status, dispute }: OrderStatusConflict) {
  return {
    __typename: "OrderStatusConflict" as const,
    code: "ORDER_STATUS_CONFLICT" as const,
    field: "input.orderId",
    message: `The order is ${status}${dispute === "OPEN" ? " and disputed" : ""}; this cannot be done now.`,
    status,
    dispute,
  };
}

/** More pieces than the flash sale has left, or has for one buyer. */
export function toFlashSaleLimitReached({ availableQuantity }: FlashSaleLimitReached, flashSale: FlashSale) {
  return {
    __typename: "FlashSaleLimitReached" as const,
    code: "FLASH_SALE_LIMIT_REACHED" as const,
    field: null,
    message: `You can buy ${availableQuantity} of this flash sale now; nothing was reserved.`,
    flashSale,
    availableQuantity,
  };
}

/** No courier carries a shop's parcel, or none answers. */
export function toShippingUnavailable({ silent }: ShippingUnavailable, shop: Shop) {
  return {
    __typename: "ShippingUnavailable" as const,
    code: "SHIPPING_UNAVAILABLE" as const,
    field: "input.addressId",
    message:
      silent.length === 0
        ? `No courier carries what ${shop.name} sends to this address.`
        : `No courier answered that carries what ${shop.name} sends; try again in a moment.`,
    shop,
    silentCouriers: [...silent],
  };
}

/** A chosen quote cannot be chosen any more. */
export function toShippingQuoteExpired() {
  return {
    __typename: "ShippingQuoteExpired",
    code: "SHIPPING_QUOTE_EXPIRED",
    field: "input.shippingQuoteIds",
    message: "A shipping quote has expired; ask for quotes again.",
  } as const;
}

/** A chosen quote was for something else. */
export function toShippingQuoteChanged() {
  return {
    __typename: "ShippingQuoteChanged",
    code: "SHIPPING_QUOTE_CHANGED",
    field: "input.shippingQuoteIds",
    message: "The goods or the address are not those that were quoted; ask for quotes again.",
  } as const;
}

/** The product does not exist, or is not of the caller's shop. */
export function toProductNotFound() {
  return {
    __typename: "ProductNotFound",
    code: "PRODUCT_NOT_FOUND",
    field: "input.productId",
    message: "Your shop has no such product.",
  } as const;
}

/** Fewer pieces would be left than are reserved for orders. */
export function toStockReserved({ onHand, reserved }: StockReserved) {
  return {
    __typename: "StockReserved" as const,
    code: "STOCK_RESERVED" as const,
    field: "input.pieces",
    message: `The shop has ${onHand} pieces and ${reserved} of them are reserved for orders; no more than ${onHand - reserved} can go.`,
    onHand,
    reserved,
  };
}

/** The order line does not exist, or is somebody else's. */
export function toOrderLineNotFound() {
  return {
    __typename: "OrderLineNotFound",
    code: "ORDER_LINE_NOT_FOUND",
    field: "input.orderLineId",
    message: "You have no such order line.",
  } as const;
}

/** Nobody said yet that the order arrived. */
export function toOrderNotDelivered({ status }: OrderNotDelivered) {
  return {
    __typename: "OrderNotDelivered" as const,
    code: "ORDER_NOT_DELIVERED" as const,
    field: "input.orderLineId",
    message: `The order is ${status} and did not arrive yet; review it afterwards.`,
    status,
  };
}

/** The order line was reviewed before. */
export function toReviewExists(review: Review) {
  return {
    __typename: "ReviewExists" as const,
    code: "REVIEW_EXISTS" as const,
    field: "input.orderLineId",
    message: "You reviewed this before; a review stays as it was posted.",
    review,
  };
}

/** It was tried as often as one may within a window of time. */
export function toTooManyAttempts({ retryAfterSeconds }: TooManyAttempts, field: string | null) {
  const message = `That was tried too often; try again in ${retryAfterSeconds} seconds.`;
  const code = "TOO_MANY_ATTEMPTS" as const;
  return { __typename: "TooManyAttempts" as const, code, field, message, retryAfterSeconds };
}
