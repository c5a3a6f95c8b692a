import { mergeGuestCart, startGuestCart } from "../domain/actions/merge-guest-cart.ts";
import type { MutationResolvers } from "../generated/resolver-types.ts";
import { buyerOf } from "./callers.ts";
import { toGuestCartNotFound, toInvalidInput, toOutOfStock, toTooManyAttempts, toVariantNotFound } from "./refusals.ts";

const startGuestCartField: MutationResolvers["startGuestCart"] = async (_parent, { input }, context) => {
  const { variantId, quantity, attributionToken = null } = input;
  const result = await startGuestCart(context.commerce.buying, context.caller.subject, {
    variantId,
    quantity: quantity ?? 1,
    attributionToken,
  });
  if (result.ok)
    return { __typename: "StartGuestCartSuccess", guestToken: result.value.guestToken, cart: result.value.cart };
  switch (result.refusal.kind) {
    case "VariantNotFound":
      return toVariantNotFound();
    case "OutOfStock":
      return toOutOfStock(result.refusal);
    case "InvalidInput":
      return toInvalidInput(result.refusal);
    case "TooManyAttempts":
      return toTooManyAttempts(result.refusal, null);
  }
};

const mergeGuestCartField: MutationResolvers["mergeGuestCart"] = async (_parent, { input }, context) => {
  const result = await mergeGuestCart(context.commerce.buying, buyerOf(context), input.guestToken);
  if (!result.ok) return toGuestCartNotFound();
  const { cart, dropped, isReplay } = result.value;
  return { __typename: "MergeGuestCartSuccess", cart, dropped: [...dropped], isReplay };
};

/** Entry points for carts of those who have not signed in. */
export const guestCartMutations: MutationResolvers = {
  startGuestCart: startGuestCartField,
  mergeGuestCart: mergeGuestCartField,
};
