import { isUuid } from "../../../../platform/values/ids.ts";
import { isPast } from "../../../../platform/values/instants.ts";
import { type Result, refused, success } from "../../../../platform/values/result.ts";
import type { Address } from "../address.ts";
import type { Cart } from "../cart.ts";
import type { OfferedVariant } from "../catalogue.ts";
import type { Transaction } from "../ports.ts";
import {
  type InvalidInput,
  invalidInput,
  type ShippingQuoteChanged,
  type ShippingQuoteExpired,
  type ShippingUnavailable,
} from "../refusals.ts";
import { basketsOf, isFor, type ShippingReads } from "../shipping/basket.ts";
import type { RateDesk, RatesForBasket } from "../shipping/rate-desk.ts";
import type { Carriage, ShippingQuote } from "../shipping/shipment.ts";

/** What asking couriers needs. Without couriers shops send by themselves, at no fee. */
export interface Shipping {
  readonly reads: ShippingReads;
  readonly desk: RateDesk;
}

/** Why the goods cannot be carried as asked. */
export type CarriageRefusal = InvalidInput | ShippingUnavailable | ShippingQuoteExpired | ShippingQuoteChanged;

/** The checkout as far as shipping needs it. */
export interface CarriageRequest {
  readonly buyerId: string;
  readonly expectedCartVersion: number;
  readonly addressId: string;
  readonly idempotencyKey: string;
  /** Quotes that the buyer chose, at most one for each shop. */
  readonly shippingQuoteIds: readonly string[];
}

/** How many quotes a buyer can choose at once: more shops than a cart has lines there are not. */
export const mostQuotes = 100;

/**
 * Asks couriers what carrying costs, before the checkout's transaction and outside of any: empty when there is nothing to
 * ask, because of a replay, of a checkout that will be refused anyway, or because a quote was chosen for each shop.
 */
export async function askBeforeCheckout(
  { reads, desk }: Shipping,
  request: CarriageRequest,
): Promise<readonly RatesForBasket[]> {
  if (desk.couriers.length === 0 || !isUuid(request.addressId)) return [];
  const outlook = await reads.outlook(request.buyerId, request.addressId, request.idempotencyKey);
  const { baskets, cartVersion, destinationDistrict, isReplay } = outlook;
  if (isReplay || destinationDistrict === null || cartVersion !== request.expectedCartVersion) return [];
  // Which shops the chosen quotes are for is looked up in the transaction; as many quotes as parcels are one for each.
  if (request.shippingQuoteIds.length === baskets.length) return [];
  return desk.ratesFor(baskets, destinationDistrict);
}

async function chosenQuotes(
  tx: Transaction,
  request: CarriageRequest,
  at: Date,
): Promise<Result<ReadonlyMap<string, ShippingQuote>, CarriageRefusal>> {
  const ids = request.shippingQuoteIds;
  if (ids.length === 0) return success(new Map());
  const quotes = await tx.shipping.quotes(request.buyerId, ids.filter(isUuid));
  if (quotes.length < ids.length || quotes.some(({ expiresAt }) => isPast(expiresAt, at))) {
    return refused({ kind: "ShippingQuoteExpired" });
  }
  const byShop = new Map(quotes.map((quote) => [quote.shopId, quote]));
  if (byShop.size === quotes.length) return success(byShop);
  return refused(invalidInput("input.shippingQuoteIds", "at most one quote for each shop"));
}

/**
 * Decides how each shop's parcel is carried: as the buyer chose, else by what is cheapest, then soonest. The parcels are those
 * of the locked cart; a quote for another parcel does not count.
 */
export async function chooseCarriage(
  tx: Transaction,
  { desk }: Shipping,
  asked: readonly RatesForBasket[],
  request: CarriageRequest,
  agreed: { readonly cart: Cart; readonly offers: ReadonlyMap<string, OfferedVariant>; readonly address: Address },
  at: Date,
): Promise<Result<ReadonlyMap<string, Carriage>, CarriageRefusal>> {
  const chosen = await chosenQuotes(tx, request, at);
  if (!chosen.ok) return chosen;
  const carriages = new Map<string, Carriage>();
  if (desk.couriers.length === 0) return success(carriages);
  const { districtCode } = agreed.address;
  for (const basket of basketsOf(agreed.cart, agreed.offers)) {
    const rates = asked.find(({ basket: { shopId } }) => shopId === basket.shopId);
    const carriage = chosen.value.get(basket.shopId) ?? rates?.offers[0];
    if (carriage === undefined && rates !== undefined) {
      return refused({
        kind: "ShippingUnavailable",
        shopId: basket.shopId,
        silent: rates.silent.map(({ name }) => name),
      });
    }
    // Also when nobody was asked for this parcel: the chosen quotes are for other shops, or the cart has just changed.
    if (carriage === undefined || !isFor(carriage, basket, districtCode))
      return refused({ kind: "ShippingQuoteChanged" });
    carriages.set(basket.shopId, carriage);
  }
  const isForAnother = [...chosen.value.keys()].some((shopId) => !carriages.has(shopId));
  return isForAnother ? refused({ kind: "ShippingQuoteChanged" }) : success(carriages);
}
