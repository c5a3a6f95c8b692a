import { ByteCache } from "./byte-cache.ts";

/** What a cache holds and how it fared. */
export interface PlanCacheState {
  readonly entries: number;
  readonly bytes: number;
  readonly hits: number;
  readonly misses: number;
}

/**
 * Keeps what was made of the operations used last, up to a number of bytes. Makers of the same key share one run;
 * a failed run is not kept.
 */
export class PlanCache<Value> {
  readonly #kept: ByteCache<Value>;
  readonly #running = new Map<string, Promise<Value>>();
  readonly #uses = new Map<string, number>();
  #hits = 0;
  #misses = 0;

  constructor(maximumBytes: number, sizeOf: (key: string, value: Value) => number) {
    this.#kept = new ByteCache(maximumBytes, sizeOf, (key) => this.#uses.delete(key));
  }

  /** The kept value, at once. */
  peek(key: string): Value | undefined {
    const value = this.#kept.get(key);
    if (value === undefined) return undefined;
    this.#hits += 1;
    this.#uses.set(key, (this.#uses.get(key) ?? 0) + 1);
    return value;
  }

  /** The kept value, or what `make` resolves to. Rejects as `make` does. */
  async get(key: string, make: () => Promise<Value>): Promise<Value> {
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
      this.#kept.set(key, value);
      return value;
    } finally {
      this.#running.delete(key);
    }
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
