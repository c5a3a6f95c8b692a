/** Pieces of a variant that somebody wants, holds or gives back. */
export interface VariantQuantity {
  readonly variantId: string;
  /** At least 1. */
  readonly quantity: number;
}

/** What a shop has of a variant: `reserved` of `onHand` is promised to orders that may still be paid. */
export interface StockLevel {
  readonly variantId: string;
  readonly onHand: number;
  readonly reserved: number;
}

/** A variant of which fewer can be bought than were asked for. */
export interface StockShortage {
  readonly variantId: string;
  readonly requestedQuantity: number;
  readonly availableQuantity: number;
}

/**
 * Where a reservation stands: HELD until its payment settles, then COMMITTED (the pieces left) or RELEASED (given back);
 * RETURNED when a paid order was cancelled before it was sent.
 */
export type ReservationState = "HELD" | "COMMITTED" | "RELEASED" | "RETURNED";

/** Pieces held for an order until `expiresAt`. */
export interface Reservation extends VariantQuantity {
  readonly id: string;
  readonly orderId: string;
  readonly expiresAt: Date;
}

/** Pieces that can be bought now. */
export function availableOf(level: StockLevel): number {
  return level.onHand - level.reserved;
}

/** Adds up the pieces asked for of each variant, in the order of variant ids: the order in which stock rows are locked. */
export function totalByVariant(lines: readonly VariantQuantity[]): VariantQuantity[] {
  const totals = new Map<string, number>();
  for (const line of lines) totals.set(line.variantId, (totals.get(line.variantId) ?? 0) + line.quantity);
  return [...totals]
    .map(([variantId, quantity]) => ({ variantId, quantity }))
    .sort((one, other) => (one.variantId < other.variantId ? -1 : 1));
}

/** The variants of which `levels` has fewer than asked for, in the order of variant ids; one without a row has none. */
export function findShortages(wanted: readonly VariantQuantity[], levels: readonly StockLevel[]): StockShortage[] {
  const available = new Map(levels.map((level) => [level.variantId, availableOf(level)]));
  return totalByVariant(wanted)
    .map(({ variantId, quantity }) => ({
      variantId,
      requestedQuantity: quantity,
      availableQuantity: available.get(variantId) ?? 0,
    }))
    .filter((line) => line.availableQuantity < line.requestedQuantity);
}
