import { toDecimal } from "../../../platform/values/money.ts";
import { tradingCurrency } from "../domain/cart-pricing.ts";
import type {
  VoucherChanged,
  VoucherExpired,
  VoucherMinimumNotMet,
  VoucherNotStackable,
  VoucherQuotaSpent,
} from "../domain/refusals.ts";

const field = "input.code";

/** There is no such voucher, or not in this cart. */
export function toVoucherNotFound() {
  const message = "There is no voucher of this code that can be used now; look at what was typed.";
  return { __typename: "VoucherNotFound", code: "VOUCHER_NOT_FOUND", field, message } as const;
}

/** The voucher is not valid yet, or not any more. */
export function toVoucherExpired({ voucher }: VoucherExpired) {
  const message = `The voucher ${voucher.code} is not valid now.`;
  return { __typename: "VoucherExpired" as const, code: "VOUCHER_EXPIRED" as const, field, message, voucher };
}

/** All redemptions are taken. */
export function toVoucherQuotaSpent({ voucher, isOfBuyer }: VoucherQuotaSpent) {
  const message = isOfBuyer
    ? `You have used the voucher ${voucher.code} as often as one buyer may.`
    : `The voucher ${voucher.code} is used up.`;
  const code = "VOUCHER_QUOTA_SPENT" as const;
  return { __typename: "VoucherQuotaSpent" as const, code, field, message, voucher, isOfBuyer };
}

/** Another voucher cannot be used together with it. */
export function toVoucherNotStackable({ voucher, other }: VoucherNotStackable) {
  const message = `The voucher ${voucher.code} cannot be used together with ${other.code}; take that one out first.`;
  const code = "VOUCHER_NOT_STACKABLE" as const;
  return { __typename: "VoucherNotStackable" as const, code, field, message, other };
}

/** What the voucher is about costs too little. */
export function toVoucherMinimumNotMet({ voucher, missingMinor }: VoucherMinimumNotMet) {
  const message = `The voucher ${voucher.code} needs ${toDecimal(missingMinor)} ${tradingCurrency} more of what it is about.`;
  const missing = { amountMinor: missingMinor, currency: tradingCurrency };
  const code = "VOUCHER_MINIMUM_NOT_MET" as const;
  return { __typename: "VoucherMinimumNotMet" as const, code, field, message, voucher, missing };
}

/** The voucher's terms changed since they were shown. */
export function toVoucherChanged({ voucher, cart }: VoucherChanged) {
  const message = `The voucher ${voucher.code} has other terms now; the cart has them under version ${cart.version}.`;
  return {
    __typename: "VoucherChanged" as const,
    code: "VOUCHER_CHANGED" as const,
    field: null,
    message,
    voucher,
    cart,
  };
}
