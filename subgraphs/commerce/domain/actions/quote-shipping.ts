import { isUuid } from "../../../../platform/values/ids.ts";
import { type Result, refused, success } from "../../../../platform/values/result.ts";
import type { AddressNotFound, CartEmpty, ShippingUnavailable } from "../refusals.ts";
import type { Courier } from "../shipping/courier.ts";
import type { ShippingQuote } from "../shipping/shipment.ts";
import type { Buying } from "./buying.ts";

/** The ways in which one shop's part of the cart can be carried. */
export interface ShopQuotes {
  readonly shopId: string;
  readonly weightGrams: number;
  /** Cheapest first, then soonest. */
  readonly quotes: readonly ShippingQuote[];
}

/** What was quoted, and which couriers did not answer. */
export interface QuotedShipping {
  readonly shops: readonly ShopQuotes[];
  readonly silent: readonly Courier[];
}

/** Why nothing was quoted. */
export type QuoteRefusal = AddressNotFound | CartEmpty | ShippingUnavailable;

/** Asks couriers what it costs to carry the cart to an address, and keeps their answers so that the buyer can choose. */
export async function quoteShipping(
  { shipping, transactions, newId }: Buying,
  buyerId: string,
  addressId: string,
): Promise<Result<QuotedShipping, QuoteRefusal>> {
  if (!isUuid(addressId)) return refused({ kind: "AddressNotFound" });
  const { baskets, destinationDistrict } = await shipping.reads.outlook(buyerId, addressId, null);
  if (destinationDistrict === null) return refused({ kind: "AddressNotFound" });
  if (baskets.length === 0) return refused({ kind: "CartEmpty" });
  const asked = await shipping.desk.ratesFor(baskets, destinationDistrict);
  const silent = shipping.desk.couriers.filter((courier) => asked.some((rates) => rates.silent.includes(courier)));
  const without = asked.find(({ offers }) => offers.length === 0);
  if (without !== undefined && shipping.desk.couriers.length > 0) {
    const names = without.silent.map(({ name }) => name);
    return refused({ kind: "ShippingUnavailable", shopId: without.basket.shopId, silent: names });
  }
  const shops = asked.map(({ basket: { shopId, weightGrams }, offers }): ShopQuotes => {
    const quotes = offers.map(({ validUntil: expiresAt, ...carriage }) => ({
      id: newId(),
      buyerId,
      shopId,
      ...carriage,
      expiresAt,
    }));
    return { shopId, weightGrams, quotes };
  });
  await transactions.runInTransaction((tx) => tx.shipping.insertQuotes(shops.flatMap(({ quotes }) => quotes)));
  return success({ shops, silent });
}
