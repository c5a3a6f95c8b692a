import type { Cart } from "../cart.ts";
import type { OfferedVariant } from "../catalogue.ts";
import type { Route } from "./courier.ts";
import type { Carriage } from "./shipment.ts";

/** What of a cart one shop sends: one parcel. */
export interface Basket {
  readonly shopId: string;
  readonly originDistrict: string;
  readonly weightGrams: number;
}

/** What is known of a checkout before its transaction, without locks: enough to ask couriers, never to decide. */
export interface CheckoutOutlook {
  readonly cartVersion: number;
  /** District of the address; null when the buyer has no such address. */
  readonly destinationDistrict: string | null;
  /** Whether the idempotency key was used: the first result will be answered again. */
  readonly isReplay: boolean;
  readonly baskets: readonly Basket[];
}

/** Reads for shipping, each one statement. */
export interface ShippingReads {
  /** `key`: the idempotency key of the checkout; null when there is none. */
  readonly outlook: (buyerId: string, addressId: string, key: string | null) => Promise<CheckoutOutlook>;
}

/** The parcels of a cart, in the order of its shops. `offers` has every variant of the cart. */
export function basketsOf(cart: Cart, offers: ReadonlyMap<string, OfferedVariant>): Basket[] {
  const baskets = new Map<string, Basket>();
  for (const { variantId, quantity } of cart.lines) {
    const offer = offers.get(variantId);
    if (offer === undefined) throw new Error(`the variant ${variantId} of the cart was not read`);
    const { shopId, shopDistrictCode: originDistrict } = offer;
    const weightGrams = (baskets.get(shopId)?.weightGrams ?? 0) + offer.weightGrams * quantity;
    baskets.set(shopId, { shopId, originDistrict, weightGrams });
  }
  return [...baskets.values()];
}

/** Whether a quote is for this very parcel. */
export function isFor(carriage: Route, basket: Basket, destinationDistrict: string): boolean {
  return (
    carriage.originDistrict === basket.originDistrict &&
    carriage.destinationDistrict === destinationDistrict &&
    carriage.weightGrams === basket.weightGrams
  );
}

/** The order in which ways to carry are offered, and the rule of who does not choose: cheapest, then soonest, then by name. */
export function byPreference(one: Carriage, other: Carriage): number {
  if (one.fee.amountMinor !== other.fee.amountMinor) return one.fee.amountMinor < other.fee.amountMinor ? -1 : 1;
  if (one.maxDays !== other.maxDays) return one.maxDays - other.maxDays;
  const [name, otherName] = [`${one.courier} ${one.service}`, `${other.courier} ${other.service}`];
  return name < otherName ? -1 : Number(name > otherName);
}
