interface Entry<Value> {
  readonly value: Value;
  readonly bytes: number;
}

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
  readonly #maximumBytes: number;
  readonly #sizeOf: (key: string, value: Value) => number;
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #running = new Map<string, Promise<Value>>();
  readonly #uses = new Map<string, number>();
  #bytes = 0;
  #hits = 0;
  #misses = 0;

  constructor(maximumBytes: number, sizeOf: (key: string, value: Value) => number) {
    this.#maximumBytes = maximumBytes;
    this.#sizeOf = sizeOf;
  }

  /** The kept value, at once. */
  peek(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    // A Map keeps the order of insertion: the first is the one that was not used for longest.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    this.#hits += 1;
    this.#uses.set(key, (this.#uses.get(key) ?? 0) + 1);
    return entry.value;
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
      this.#keep(key, value);
      return value;
    } finally {
      this.#running.delete(key);
    }
  }

  #keep(key: string, value: Value): void {
    const bytes = this.#sizeOf(key, value);
    if (bytes > this.#maximumBytes) return;
    this.#entries.set(key, { value, bytes });
    this.#uses.set(key, 1);
    this.#bytes += bytes;
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.#maximumBytes) break;
      this.#entries.delete(oldest);
      this.#uses.delete(oldest);
      this.#bytes -= entry.bytes;
    }
  }

  /** Keys and values used most, the most used first. */
  hottest(count: number): readonly (readonly [key: string, value: Value])[] {
    return [...this.#entries]
      .sort(([a], [b]) => (this.#uses.get(b) ?? 0) - (this.#uses.get(a) ?? 0))
      .slice(0, count)
      .map(([key, { value }]) => [key, value]);
  }

  /** Counts since the cache was made. */
  state(): PlanCacheState {
    return { entries: this.#entries.size, bytes: this.#bytes, hits: this.#hits, misses: this.#misses };
  }
}
