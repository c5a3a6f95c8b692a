import { applyVoucher, removeVoucher } from "../domain/actions/apply-voucher.ts";
import { tradingCurrency, voucherEffects } from "../domain/cart-pricing.ts";
import type { RedemptionRefusal } from "../domain/refusals.ts";
import type { CartResolvers, MutationResolvers, VoucherResolvers } from "../generated/resolver-types.ts";
import { loadExisting } from "../loaders/batch.ts";
import { buyerOf } from "./callers.ts";
import { toInvalidInput, toTooManyAttempts } from "./refusals.ts";
import {
  toVoucherChanged,
  toVoucherExpired,
  toVoucherMinimumNotMet,
  toVoucherNotFound,
  toVoucherNotStackable,
  toVoucherQuotaSpent,
} from "./voucher-refusals.ts";

function money(amountMinor: bigint) {
  return { amountMinor, currency: tradingCurrency };
}

/** Why a voucher in the cart is not redeemed. */
export function toRedemptionRefusal(refusal: RedemptionRefusal) {
  switch (refusal.kind) {
    case "VoucherExpired":
      return toVoucherExpired(refusal);
    case "VoucherQuotaSpent":
      return toVoucherQuotaSpent(refusal);
    case "VoucherMinimumNotMet":
      return toVoucherMinimumNotMet(refusal);
    case "VoucherChanged":
      return toVoucherChanged(refusal);
  }
}

const applyVoucherField: MutationResolvers["applyVoucher"] = async (_parent, { input }, context) => {
  const result = await applyVoucher(context.commerce.buying, buyerOf(context), input.code);
  if (result.ok) return { __typename: "ApplyVoucherSuccess", cart: result.value };
  const { refusal } = result;
  switch (refusal.kind) {
    case "InvalidInput":
      return toInvalidInput(refusal);
    case "TooManyAttempts":
      return toTooManyAttempts(refusal, "input.code");
    case "VoucherNotFound":
      return toVoucherNotFound();
    case "VoucherNotStackable":
      return toVoucherNotStackable(refusal);
    case "VoucherExpired":
      return toVoucherExpired(refusal);
    case "VoucherQuotaSpent":
      return toVoucherQuotaSpent(refusal);
    case "VoucherMinimumNotMet":
      return toVoucherMinimumNotMet(refusal);
  }
};

const removeVoucherField: MutationResolvers["removeVoucher"] = async (_parent, { input }, context) => {
  const result = await removeVoucher(context.commerce.buying, buyerOf(context), input.code);
  return result.ok ? { __typename: "RemoveVoucherSuccess", cart: result.value } : toVoucherNotFound();
};

/** Entry points for vouchers. */
export const voucherMutations: MutationResolvers = {
  applyVoucher: applyVoucherField,
  removeVoucher: removeVoucherField,
};

/** `Cart.vouchers`: what each does to the cart now, in the order of application. */
export const cartVouchers: CartResolvers["vouchers"] = (cart) =>
  voucherEffects(cart).map(({ voucher, discountMinor, missingMinor }) => ({
    voucher,
    discount: money(discountMinor),
    missing: missingMinor === 0n ? null : money(missingMinor),
  }));

/** Fields of `Voucher`. */
export const voucherResolvers: VoucherResolvers = {
  shop: ({ shopId }, _args, { loaders }) => (shopId === null ? null : loadExisting(loaders.shopById, shopId, "shop")),
  amount: ({ amountMinor }) => (amountMinor === null ? null : money(amountMinor)),
  cap: ({ capMinor }) => (capMinor === null ? null : money(capMinor)),
  minimumSpend: ({ minimumSpendMinor }) => money(minimumSpendMinor),
};
