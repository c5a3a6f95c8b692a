import { fromDecimal } from "../../../platform/values/money.ts";
import { addAddress } from "../domain/actions/add-address.ts";
import { addToCart } from "../domain/actions/add-to-cart.ts";
import { checkout } from "../domain/actions/checkout.ts";
import { retryPayment } from "../domain/actions/retry-payment.ts";
import { updateCartLine } from "../domain/actions/update-cart-line.ts";
import type { MutationResolvers } from "../generated/resolver-types.ts";
import { loadExisting } from "../loaders/batch.ts";
import { buyerOf, cartOwnerOf } from "./callers.ts";
import { guestCartMutations } from "./guest-cart.ts";
import { orderMutations } from "./order-mutations.ts";
import {
  toAddressNotFound,
  toCartChanged,
  toCartEmpty,
  toCartLineNotFound,
  toDistrictNotFound,
  toFlashSaleLimitReached,
  toGuestCartNotFound,
  toIdempotencyConflict,
  toInvalidInput,
  toOrderTermsChanged,
  toOutOfStock,
  toPaymentMethodUnavailable,
  toPaymentNotFound,
  toPaymentRetryEnded,
  toPaymentSettled,
  toPaymentUnsettled,
  toPriceChanged,
  toShippingQuoteChanged,
  toShippingQuoteExpired,
  toShippingUnavailable,
  toTooManyOpenPayments,
  toVariantNotFound,
} from "./refusals.ts";
import { returnMutations } from "./returns.ts";
import { postReviewField } from "./review.ts";
import { sellerMutations } from "./seller-mutations.ts";
import { shippingMutations } from "./shipping.ts";
import { toRedemptionRefusal, voucherMutations } from "./voucher.ts";
import { toVoucherExpired, toVoucherQuotaSpent } from "./voucher-refusals.ts";

const addToCartField: MutationResolvers["addToCart"] = async (_parent, { input }, context) => {
  const { attributionToken = null, guestToken, quantity, variantId, idempotencyKey } = input;
  const result = await addToCart(context.commerce.buying, cartOwnerOf(context, guestToken), {
    variantId,
    quantity: quantity ?? 1,
    attributionToken,
    idempotencyKey,
  });
  if (result.ok) return { __typename: "AddToCartSuccess", ...result.value };
  switch (result.refusal.kind) {
    case "VariantNotFound":
      return toVariantNotFound();
    case "GuestCartNotFound":
      return toGuestCartNotFound();
    case "OutOfStock":
      return toOutOfStock(result.refusal);
    case "InvalidInput":
      return toInvalidInput(result.refusal);
    case "IdempotencyConflict":
      return toIdempotencyConflict();
  }
};

const updateCartLineField: MutationResolvers["updateCartLine"] = async (_parent, { input }, context) => {
  const owner = cartOwnerOf(context, input.guestToken);
  const result = await updateCartLine(context.commerce.buying, owner, input);
  if (result.ok) return { __typename: "UpdateCartLineSuccess", cart: result.value };
  switch (result.refusal.kind) {
    case "CartLineNotFound":
      return toCartLineNotFound();
    case "GuestCartNotFound":
      return toGuestCartNotFound();
    case "OutOfStock":
      return toOutOfStock(result.refusal);
    case "InvalidInput":
      return toInvalidInput(result.refusal);
  }
};

const addAddressField: MutationResolvers["addAddress"] = async (_parent, { input }, context) => {
  const result = await addAddress(context.commerce.buying, buyerOf(context), input);
  if (result.ok) return { __typename: "AddAddressSuccess", address: result.value };
  switch (result.refusal.kind) {
    case "DistrictNotFound":
      return toDistrictNotFound();
    case "InvalidInput":
      return toInvalidInput(result.refusal);
    case "IdempotencyConflict":
      return toIdempotencyConflict();
  }
};

const checkoutField: MutationResolvers["checkout"] = async (_parent, { input }, context) => {
  const { buying } = context.commerce;
  const { expectedTotal = null, ...request } = input;
  const expectedTotalMinor = expectedTotal === null ? null : fromDecimal(expectedTotal);
  const shippingQuoteIds = input.shippingQuoteIds ?? [];
  const result = await checkout(buying, buyerOf(context), { ...request, shippingQuoteIds, expectedTotalMinor });
  if (result.ok) {
    const { paymentId, isReplay } = result.value;
    const orders = await context.loaders.ordersByPayment.load(paymentId);
    const payment = orders[0]?.payment;
    if (payment === undefined) throw new Error(`the payment ${paymentId} covers no order`);
    return { __typename: "CheckoutSuccess", orders: [...orders], payment, isReplay };
  }
  switch (result.refusal.kind) {
    case "OutOfStock":
      return toOutOfStock(result.refusal);
    case "CartChanged":
      return toCartChanged(result.refusal);
    case "CartEmpty":
      return toCartEmpty();
    case "PriceChanged":
      return toPriceChanged(result.refusal);
    case "ShippingUnavailable": {
      const { refusal } = result;
      return toShippingUnavailable(refusal, await loadExisting(context.loaders.shopById, refusal.shopId, "shop"));
    }
    case "ShippingQuoteExpired":
      return toShippingQuoteExpired();
    case "ShippingQuoteChanged":
      return toShippingQuoteChanged();
    case "FlashSaleLimitReached": {
      const { refusal } = result;
      return toFlashSaleLimitReached(
        refusal,
        await loadExisting(context.loaders.flashSaleById, refusal.saleId, "flash sale"),
      );
    }
    case "VoucherExpired":
    case "VoucherQuotaSpent":
    case "VoucherMinimumNotMet":
    case "VoucherChanged":
      return toRedemptionRefusal(result.refusal);
    case "AddressNotFound":
      return toAddressNotFound();
    case "PaymentMethodUnavailable":
      return toPaymentMethodUnavailable(buying.methods);
    case "TooManyOpenPayments":
      return toTooManyOpenPayments(result.refusal);
    case "InvalidInput":
      return toInvalidInput(result.refusal);
    case "IdempotencyConflict":
      return toIdempotencyConflict();
  }
};

const retryPaymentField: MutationResolvers["retryPayment"] = async (_parent, { input }, context) => {
  const { buying } = context.commerce;
  const result = await retryPayment(buying, buyerOf(context), input);
  const load = (paymentId: string) => loadExisting(context.loaders.paymentById, paymentId, "payment");
  if (result.ok) {
    const { paymentId, isReplay } = result.value;
    return { __typename: "RetryPaymentSuccess", payment: await load(paymentId), isReplay };
  }
  switch (result.refusal.kind) {
    case "PaymentNotFound":
      return toPaymentNotFound();
    case "PaymentSettled":
      return toPaymentSettled(await load(result.refusal.paymentId));
    case "PaymentRetryEnded":
      return toPaymentRetryEnded(result.refusal);
    case "PaymentUnsettled":
      return toPaymentUnsettled("input.paymentId");
    case "PaymentMethodUnavailable":
      return toPaymentMethodUnavailable(buying.methods);
    case "TooManyOpenPayments":
      return toTooManyOpenPayments(result.refusal);
    case "VoucherQuotaSpent":
      return toVoucherQuotaSpent(result.refusal);
    case "VoucherExpired":
      return toVoucherExpired(result.refusal);
    case "OrderTermsChanged": {
      const { refusal } = result;
      const { variantId } = refusal;
      return toOrderTermsChanged(
        refusal,
        variantId === null ? null : await loadExisting(context.loaders.variantById, variantId, "variant"),
      );
    }
    case "ShippingUnavailable": {
      const { refusal } = result;
      return toShippingUnavailable(refusal, await loadExisting(context.loaders.shopById, refusal.shopId, "shop"));
    }
    case "OutOfStock":
      return toOutOfStock(result.refusal);
    case "InvalidInput":
      return toInvalidInput(result.refusal);
    case "IdempotencyConflict":
      return toIdempotencyConflict();
  }
};

/** Entry points for writing. */
export const mutationResolvers: MutationResolvers = {
  addToCart: addToCartField,
  updateCartLine: updateCartLineField,
  addAddress: addAddressField,
  checkout: checkoutField,
  retryPayment: retryPaymentField,
  ...orderMutations,
  ...returnMutations,
  ...shippingMutations,
  ...voucherMutations,
  ...guestCartMutations,
  ...sellerMutations,
  postReview: postReviewField,
};
