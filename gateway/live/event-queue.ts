/** What happens when a client reads more slowly than events come. */
export type SlowClientPolicy = "drop-oldest" | "close";

/** An event, and how many were dropped right before it. */
export interface Taken<Event> {
  readonly event: Event;
  readonly dropped: number;
}

/** What a queue holds at most, and what it does beyond. */
export interface QueueSettings<Event> {
  readonly events: number;
  /** Of all that wait together. The latest event waits whatever its size. */
  readonly bytes: number;
  readonly bytesOf: (event: Event) => number;
  readonly policy: SlowClientPolicy;
  /** Told of each event that nobody will be given. */
  readonly dropped: (event: Event) => void;
}

/** A bounded queue between a stream of events and one client. */
export class EventQueue<Event> {
  readonly #settings: QueueSettings<Event>;
  readonly #events: Event[] = [];
  #dropped = 0;

  constructor(settings: QueueSettings<Event>) {
    this.#settings = settings;
  }

  get size(): number {
    return this.#events.length;
  }

  /** @returns false when the queue is full and its policy is to close: then the event is not kept */
  put(event: Event): boolean {
    while (this.#isFullFor(event)) {
      const oldest = this.#settings.policy === "close" ? undefined : this.#events.shift();
      if (oldest === undefined) return false;
      this.#settings.dropped(oldest);
      this.#dropped += 1;
    }
    this.#events.push(event);
    return true;
  }

  #isFullFor(event: Event): boolean {
    const { events, bytes, bytesOf } = this.#settings;
    // Most queues are empty: nothing is measured for them.
    if (this.#events.length === 0) return false;
    if (this.#events.length >= events) return true;
    return this.#events.reduce((sum, waiting) => sum + bytesOf(waiting), bytesOf(event)) > bytes;
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
