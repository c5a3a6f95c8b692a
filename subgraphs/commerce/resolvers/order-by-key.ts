import { type CheckoutRefusalKind, findCheckout } from "../domain/actions/find-checkout.ts";
import { checkIdempotencyKey } from "../domain/refusals.ts";
import type { QueryResolvers, RefusalCode } from "../generated/resolver-types.ts";
import { buyerOf } from "./callers.ts";

const codes: Readonly<Record<CheckoutRefusalKind, RefusalCode>> = {
  OutOfStock: "OUT_OF_STOCK",
  CartChanged: "CART_CHANGED",
  CartEmpty: "CART_EMPTY",
  PriceChanged: "PRICE_CHANGED",
  ShippingUnavailable: "SHIPPING_UNAVAILABLE",
  ShippingQuoteExpired: "SHIPPING_QUOTE_EXPIRED",
  ShippingQuoteChanged: "SHIPPING_QUOTE_CHANGED",
  FlashSaleLimitReached: "FLASH_SALE_LIMIT_REACHED",
  VoucherExpired: "VOUCHER_EXPIRED",
  VoucherQuotaSpent: "VOUCHER_QUOTA_SPENT",
  VoucherMinimumNotMet: "VOUCHER_MINIMUM_NOT_MET",
  VoucherChanged: "VOUCHER_CHANGED",
  AddressNotFound: "ADDRESS_NOT_FOUND",
  PaymentMethodUnavailable: "PAYMENT_METHOD_UNAVAILABLE",
  TooManyOpenPayments: "TOO_MANY_OPEN_PAYMENTS",
};

const notKnown = {
  __typename: "CheckoutNotKnown",
  message: "No checkout of this key has been decided; send it, under this key, and it is decided once.",
} as const;

/** `Query.orderByKey`. */
export const orderByKey: QueryResolvers["orderByKey"] = async (_parent, { idempotencyKey }, context) => {
  const buyerId = buyerOf(context);
  // A key that checkout refuses is no key of anything, and may be none that the database can be asked for.
  if (checkIdempotencyKey(idempotencyKey) !== null) return notKnown;
  const found = await findCheckout(context.commerce.buying.transactions, buyerId, idempotencyKey);
  switch (found.kind) {
    case "placed": {
      const orders = await context.loaders.ordersByPayment.load(found.paymentId);
      const payment = orders[0]?.payment;
      if (payment === undefined) throw new Error(`the payment ${found.paymentId} covers no order`);
      return { __typename: "CheckoutPlaced", orders: [...orders], payment };
    }
    case "refused": {
      const message = "Nothing was bought, and the key is free: mend what its code says, then check out again.";
      return { __typename: "CheckoutRefused", code: codes[found.refusal], message, refusedAt: found.at };
    }
    case "under-way":
      return {
        __typename: "CheckoutUnderWay",
        message: "The checkout is being decided just now; ask again in a second.",
      };
    case "not-known":
      return notKnown;
  }
};
