/** What happens when a client reads more slowly than events come. */
export type SlowClientPolicy = "drop-oldest" | "close";

/** An event, and how many were dropped right before it. */
export interface Taken<Event> {
  readonly event: Event;
  readonly dropped: number;
}

/** A bounded queue between a stream of events and one client. */
export class EventQueue<Event> {
  readonly #capacity: number;
  readonly #policy: SlowClientPolicy;
  readonly #events: Event[] = [];
  #dropped = 0;

  constructor(capacity: number, policy: SlowClientPolicy) {
    this.#capacity = capacity;
    this.#policy = policy;
  }

  get size(): number {
    return this.#events.length;
  }

  /** @returns false when the queue is full and its policy is to close: then the event is not kept */
  put(event: Event): boolean {
    if (this.#events.length >= this.#capacity) {
      if (this.#policy === "close") return false;
      this.#events.shift();
      this.#dropped += 1;
    }
    this.#events.push(event);
    return true;
  }

  /** The oldest event; undefined when there is none. */
  take(): Taken<Event> | undefined {
    const event = this.#events.shift();
    if (event === undefined) return undefined;
    const dropped = this.#dropped;
    this.#dropped = 0;
    return { event, dropped };
  }

  clear(): void {
    this.#events.length = 0;
  }
}
