/** A source of repeatable chance: the same seed gives the same numbers on every machine. */
export interface Chance {
  /** A fraction in [0, 1). */
  readonly fraction: () => number;
  /** A whole number in [0, below). */
  readonly below: (below: number) => number;
  /** One of a list that is not empty. */
  readonly pick: <Item>(items: readonly Item[]) => Item;
  /** `count` different whole numbers in [0, below); all of them when there are fewer. */
  readonly distinct: (count: number, below: number) => number[];
}

/** Makes a source of repeatable chance (mulberry32). For made-up data alone. */
export function createChance(seed: number): Chance {
  let state = seed >>> 0;
  function fraction(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }
  const below = (limit: number): number => Math.floor(fraction() * limit);
  function pick<Item>(items: readonly Item[]): Item {
    const item = items[below(items.length)];
    if (item === undefined) throw new RangeError("nothing to pick from");
    return item;
  }
  function distinct(count: number, limit: number): number[] {
    // A walk with a stride that shares no divisor with the limit meets every number once.
    let stride = 1 + below(limit);
    while (greatestDivisor(stride, limit) > 1) stride += 1;
    const start = below(limit);
    return Array.from({ length: Math.min(count, limit) }, (_, step) => (start + step * stride) % limit);
  }
  return { fraction, below, pick, distinct };
}

function greatestDivisor(one: number, other: number): number {
  return other === 0 ? one : greatestDivisor(other, one % other);
}
