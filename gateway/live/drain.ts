/** Whoever is to leave when the gateway stops. */
export interface Leaving {
  /** Ends it; `retryMs` is when its client may come back, for protocols that can tell. */
  readonly leave: (retryMs: number) => void;
}

/** Ends connections one by one when the gateway stops, and streams when a schema has them no more, so that their clients do not all come back at once. */
export class Drain {
  readonly #spreadMs: number;
  readonly #random: () => number;
  readonly #present = new Set<Leaving>();
  #isStopping = false;

  constructor(spreadMs: number, random: () => number) {
    this.#spreadMs = spreadMs;
    this.#random = random;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** When somebody who is turned away now may come back, in milliseconds. */
  retryMs(): number {
    return Math.round(500 + this.#random() * Math.max(1_000, this.#spreadMs));
  }

  /** Adds one who is to leave; answers how to take it out again. */
  add(leaving: Leaving): () => void {
    this.#present.add(leaving);
    if (this.#isStopping) this.#schedule(leaving);
    return () => this.#present.delete(leaving);
  }

  #schedule(leaving: Leaving): void {
    setTimeout(() => {
      if (this.#present.delete(leaving)) leaving.leave(this.retryMs());
    }, this.#random() * this.#spreadMs);
  }

  /** Lets one of many leave at a moment of its own while the gateway goes on; answers how to let it stay. */
  later(leaving: Leaving): () => void {
    // Of its own, for it may be among those who leave when the gateway stops as well.
    const once: Leaving = { leave: leaving.leave };
    this.#present.add(once);
    this.#schedule(once);
    return () => this.#present.delete(once);
  }

  start(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    for (const leaving of this.#present) this.#schedule(leaving);
  }
}
