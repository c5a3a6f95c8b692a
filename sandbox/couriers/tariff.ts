/** How far it is between two districts, by their official codes: two digits of the province, then two of the regency. */
export type Distance = "city" | "province" | "country";

/** The distance between two districts. */
export function distanceOf(origin: string, destination: string): Distance {
  if (origin.slice(0, 4) === destination.slice(0, 4)) return "city";
  return origin.slice(0, 2) === destination.slice(0, 2) ? "province" : "country";
}

/** A service of a courier: what a chargeable unit of weight costs by distance, and how many days it takes. */
export interface Service {
  readonly code: string;
  /** Whole rupiah; null: not offered over that distance. */
  readonly perUnit: Readonly<Record<Distance, number | null>>;
  readonly days: Readonly<Record<Distance, readonly [min: number, max: number]>>;
}

/** What carrying a parcel costs. */
export interface Rate {
  readonly service: string;
  readonly feeRupiah: number;
  readonly days: readonly [min: number, max: number];
}

/** The rates of the services that are offered over a distance, rounded up to whole rupiah. */
export function ratesOf(services: readonly Service[], distance: Distance, units: number, percent: number): Rate[] {
  return services.flatMap(({ code, perUnit, days }) => {
    const price = perUnit[distance];
    if (price === null) return [];
    return [{ service: code, feeRupiah: Math.ceil((price * units * percent) / 100), days: days[distance] }];
  });
}
