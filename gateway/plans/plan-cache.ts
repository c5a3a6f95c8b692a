import { ByteCache } from "./byte-cache.ts";

/** What a cache holds and how it fared. */
export interface PlanCacheState {
  readonly entries: number;
  readonly bytes: number;
  readonly hits: number;
  readonly misses: number;
}

/** Of one kin (the choices of one document's conditions): a client that tries them all drives out none but them. */
const mostOfOneKin = 32;

/**
 * Keeps what was made of the operations used last, up to a number of bytes, and of one kin those used most. Makers of
 * the same key share one run; a failed run is not kept.
 */
export class PlanCache<Value> {
  readonly #kept: ByteCache<Value>;
  readonly #running = new Map<string, Promise<Value>>();
  readonly #uses = new Map<string, number>();
  readonly #kinOf = new Map<string, string>();
  readonly #kin = new Map<string, Set<string>>();
  #hits = 0;
  #misses = 0;

  constructor(maximumBytes: number, sizeOf: (key: string, value: Value) => number) {
    this.#kept = new ByteCache(maximumBytes, sizeOf, (key) => this.#forgotten(key));
  }

  /** The kept value, at once. */
  peek(key: string): Value | undefined {
    const value = this.#kept.get(key);
    if (value === undefined) return undefined;
    this.#hits += 1;
    this.#uses.set(key, (this.#uses.get(key) ?? 0) + 1);
    return value;
  }

  /** The kept value, or what `make` resolves to, which is of this kin. Rejects as `make` does. */
  async get(key: string, make: () => Promise<Value>, kin?: string): Promise<Value> {
    const present = this.peek(key);
    if (present !== undefined) return present;
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    this.#misses += 1;
    const made = make();
    this.#running.set(key, made);
    try {
      const value = await made;
      this.#uses.set(key, 1);
      if (kin !== undefined) this.#join(kin, key);
      this.#kept.set(key, value);
      return value;
    } finally {
      this.#running.delete(key);
    }
  }

  #join(kin: string, key: string): void {
    const keys = this.#kin.get(kin) ?? new Set();
    if (keys.size >= mostOfOneKin && !keys.has(key)) {
      const usesOf = (other: string) => this.#uses.get(other) ?? 0;
      this.#kept.delete([...keys].reduce((least, other) => (usesOf(other) < usesOf(least) ? other : least)));
    }
    // Forgetting the last of them has forgotten the kin.
    this.#kin.set(kin, keys.add(key));
    this.#kinOf.set(key, kin);
  }

  #forgotten(key: string): void {
    this.#uses.delete(key);
    const kin = this.#kinOf.get(key);
    if (kin === undefined) return;
    this.#kinOf.delete(key);
    const keys = this.#kin.get(kin);
    keys?.delete(key);
    if (keys?.size === 0) this.#kin.delete(kin);
  }

  /** Keys and values used most, the most used first. */
  hottest(count: number): readonly (readonly [key: string, value: Value])[] {
    return [...this.#kept.entries()]
      .sort(([a], [b]) => (this.#uses.get(b) ?? 0) - (this.#uses.get(a) ?? 0))
      .slice(0, count);
  }

  /** Counts since the cache was made. */
  state(): PlanCacheState {
    return { entries: this.#kept.size, bytes: this.#kept.bytes, hits: this.#hits, misses: this.#misses };
  }
}
