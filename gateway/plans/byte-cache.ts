interface Entry<Value> {
  readonly value: Value;
  readonly bytes: number;
}

/** A map that holds values up to a number of bytes (as `sizeOf` estimates them) and forgets those used longest ago. */
export class ByteCache<Value> {
  readonly #maximumBytes: number;
  readonly #sizeOf: (key: string, value: Value) => number;
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #forgotten: ((key: string) => void) | undefined;
  #bytes = 0;

  constructor(maximumBytes: number, sizeOf: (key: string, value: Value) => number, forgotten?: (key: string) => void) {
    this.#maximumBytes = maximumBytes;
    this.#sizeOf = sizeOf;
    this.#forgotten = forgotten;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The value, which now counts as used last. */
  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    // A Map keeps the order of insertion: putting the entry back makes it the youngest.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** Keeps the value, unless it alone is larger than all may be. */
  set(key: string, value: Value): void {
    const present = this.#entries.get(key);
    if (present !== undefined) {
      this.#entries.delete(key);
      this.#bytes -= present.bytes;
    }
    const bytes = this.#sizeOf(key, value);
    if (bytes > this.#maximumBytes) {
      this.#forgotten?.(key);
      return;
    }
    this.#entries.set(key, { value, bytes });
    this.#bytes += bytes;
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.#maximumBytes) break;
      this.#entries.delete(oldest);
      this.#bytes -= entry.bytes;
      this.#forgotten?.(oldest);
    }
  }

  /** Forgets the value. */
  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
    this.#forgotten?.(key);
  }

  /** All entries, the one used longest ago first. */
  *entries(): Iterable<readonly [key: string, value: Value]> {
    for (const [key, { value }] of this.#entries) yield [key, value];
  }
}
