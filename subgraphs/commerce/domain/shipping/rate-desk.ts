import type { Clock } from "../../../../platform/values/instants.ts";
import type { Basket } from "./basket.ts";
import { byPreference } from "./basket.ts";
import type { Courier, RatesAnswer } from "./courier.ts";
import type { Carriage } from "./shipment.ts";

/** A way to carry a parcel, and until when it costs that. */
export interface OfferedCarriage extends Carriage {
  readonly validUntil: Date;
}

/** What all couriers together offer for one parcel. */
export interface RatesForBasket {
  readonly basket: Basket;
  /** Cheapest first, then soonest. */
  readonly offers: readonly OfferedCarriage[];
  /** Couriers that did not answer, or not in words that we know. */
  readonly silent: readonly Courier[];
}

/** Asks couriers for rates. */
export interface RateDesk {
  readonly couriers: readonly Courier[];
  /** All couriers for all parcels at once; outside of transactions. */
  readonly ratesFor: (baskets: readonly Basket[], destinationDistrict: string) => Promise<RatesForBasket[]>;
}

// A rate may be chosen for so long, unless its courier keeps it for less.
const keptMs = 15 * 60_000;
// A courier that let somebody wait for so long is not asked for a while: buyers would wait for it one after the other.
const slowMs = 1_000;
const restMs = 5_000;

/** Makes the desk of all couriers. */
export function createRateDesk(couriers: readonly Courier[], clock: Clock): RateDesk {
  const restsUntil = new Map<string, number>();

  async function ask(courier: Courier, basket: Basket, destinationDistrict: string): Promise<RatesAnswer> {
    const askedAt = clock().getTime();
    if ((restsUntil.get(courier.id) ?? 0) > askedAt) return { kind: "unknown", reason: "it did not answer just now" };
    const { originDistrict, weightGrams } = basket;
    const answer = await courier.rates({ originDistrict, destinationDistrict, weightGrams });
    const answeredAt = clock().getTime();
    if (answer.kind === "unknown" && answeredAt - askedAt >= slowMs) restsUntil.set(courier.id, answeredAt + restMs);
    return answer;
  }

  async function forBasket(basket: Basket, destinationDistrict: string): Promise<RatesForBasket> {
    const answers = await Promise.all(couriers.map((courier) => ask(courier, basket, destinationDistrict)));
    const latest = clock().getTime() + keptMs;
    const offers = couriers.flatMap((courier, index) => {
      const answer = answers[index];
      if (answer?.kind !== "rates") return [];
      return answer.rates.map(({ validUntil, ...rate }) => ({
        courier: courier.id,
        ...rate,
        originDistrict: basket.originDistrict,
        destinationDistrict,
        weightGrams: basket.weightGrams,
        validUntil: new Date(Math.min(latest, validUntil?.getTime() ?? latest)),
      }));
    });
    return {
      basket,
      offers: offers.sort(byPreference),
      silent: couriers.filter((_courier, index) => answers[index]?.kind === "unknown"),
    };
  }

  return {
    couriers,
    ratesFor: (baskets, destinationDistrict) =>
      Promise.all(baskets.map((basket) => forBasket(basket, destinationDistrict))),
  };
}
