import type { Money } from "../../../platform/values/money.ts";
import { sum, times } from "../../../platform/values/money.ts";
import type { Cart, CartLine } from "./cart.ts";
import type { OfferedVariant } from "./catalogue.ts";
import { priceVouchers, type VoucherEffect } from "./voucher-pricing.ts";

/** The currency everything is priced in. */
export const tradingCurrency = "IDR";

/** Price times quantity. */
export function lineTotal(line: { readonly unitPrice: Money; readonly quantity: number }): Money {
  return times(line.unitPrice, line.quantity);
}

/** Sum of the lines; zero for an empty cart. */
export function subtotalOf(cart: Cart): Money {
  return sum(cart.lines.map(lineTotal), tradingCurrency);
}

/** What the cart's vouchers take off, by today's terms, in the order of application. */
export function voucherEffects({ lines, vouchers }: Cart): VoucherEffect[] {
  const priced = lines.map((line) => ({ ...line, totalMinor: lineTotal(line).amountMinor }));
  return priceVouchers(
    priced,
    vouchers.map(({ voucher }) => voucher),
  );
}

/** What all of the cart's vouchers take off together. */
export function discountOf(cart: Cart): Money {
  const amountMinor = voucherEffects(cart).reduce((total, effect) => total + effect.discountMinor, 0n);
  return { amountMinor, currency: tradingCurrency };
}

/** What the cart's lines cost less what vouchers take off. */
export function totalOf(cart: Cart): Money {
  return sum([subtotalOf(cart), times(discountOf(cart), -1)], tradingCurrency);
}

/** The lines whose variant is sold for another price than the buyer was shown, with the present price. */
export function repricedLines(lines: readonly CartLine[], offers: ReadonlyMap<string, OfferedVariant>): CartLine[] {
  return lines.flatMap((line) => {
    const offer = offers.get(line.variantId);
    if (offer === undefined || !offer.isSold) return [];
    const isSame =
      offer.price.amountMinor === line.unitPrice.amountMinor && offer.price.currency === line.unitPrice.currency;
    return isSame ? [] : [{ ...line, unitPrice: offer.price }];
  });
}
