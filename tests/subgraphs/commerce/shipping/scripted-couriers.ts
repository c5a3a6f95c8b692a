import type {
  Courier,
  CourierRate,
  RatesAnswer,
  Route,
} from "../../../../subgraphs/commerce/domain/shipping/courier.ts";

/** A courier that answers as the test says. */
export interface ScriptedCourier extends Courier {
  /** Routes that it was asked about. */
  readonly asked: Route[];
  /** What it answers from now on. */
  answer: (route: Route) => Promise<RatesAnswer>;
}

/** A rate in whole rupiah. */
export function rate(service: string, rupiah: number, days: readonly [number, number] = [2, 4]): CourierRate {
  const fee = { amountMinor: BigInt(rupiah) * 100n, currency: "IDR" };
  return { service, fee, minDays: days[0], maxDays: days[1], validUntil: null };
}

/** Rates as a whole answer. */
export function rates(...offered: readonly CourierRate[]): () => Promise<RatesAnswer> {
  return async () => ({ kind: "rates", rates: offered });
}

/** No answer. */
export const silent = async (): Promise<RatesAnswer> => ({ kind: "unknown", reason: "no answer" });

/** Makes a courier of which only the rates matter. */
export function scriptedCourier(id: string, name: string): ScriptedCourier {
  const asked: Route[] = [];
  const nothing = async () => ({ kind: "unknown", reason: "not scripted" }) as const;
  const courier: ScriptedCourier = {
    id,
    name,
    asked,
    answer: rates(),
    rates: (route) => {
      asked.push(route);
      return courier.answer(route);
    },
    book: nothing,
    find: nothing,
    track: nothing,
  };
  return courier;
}
