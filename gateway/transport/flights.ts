import { type Cancellation, CancellationSource, ClientGone } from "../cancellation.ts";

/** What came of work that several may have waited for. */
export interface Landed<Value> {
  readonly value: Value;
  /** Whether others got the same value: then nobody may change it. */
  readonly isShared: boolean;
}

interface Waiter<Value> {
  readonly resolve: (landed: Landed<Value>) => void;
  readonly reject: (error: unknown) => void;
}

interface Flight<Value> {
  readonly waiters: Set<Waiter<Value>>;
  /** Ends the work once nobody waits any more. */
  readonly cancellation: CancellationSource;
  /** How many have waited so far. */
  count: number;
}

/** Work under way, by a key: who asks for the same while it is under way gets the same. */
export class Flights<Value> {
  readonly #underWay = new Map<string, Flight<Value>>();
  readonly #shared: () => void;

  /** @param shared - called for each who joins work of another */
  constructor(shared: () => void) {
    this.#shared = shared;
  }

  /**
   * Joins the work under way, or starts it. Rejects as the work does, and with ClientGone for whoever is cancelled; the
   * work itself is cancelled when all who waited for it have gone.
   * @param start - may close its flight before it lands: then whoever comes later begins anew
   */
  join(
    key: string,
    start: (cancellation: Cancellation, close: () => void) => Promise<Value>,
    own: Cancellation | undefined,
  ): Promise<Landed<Value>> {
    return new Promise((resolve, reject) => {
      const present = this.#underWay.get(key);
      if (present !== undefined) this.#shared();
      const flight = present ?? this.#start(key, start);
      const waiter = { resolve, reject };
      flight.waiters.add(waiter);
      flight.count += 1;
      // Once it has landed, leaving changes nothing: the promise is settled.
      own?.onCancel(() => this.#leave(key, flight, waiter));
    });
  }

  #start(key: string, start: (cancellation: Cancellation, close: () => void) => Promise<Value>): Flight<Value> {
    const cancellation = new CancellationSource();
    const flight: Flight<Value> = { waiters: new Set(), cancellation, count: 0 };
    this.#underWay.set(key, flight);
    start(cancellation, () => this.#end(key, flight)).then(
      (value) => {
        this.#end(key, flight);
        const landed = { value, isShared: flight.count > 1 };
        for (const waiter of flight.waiters) waiter.resolve(landed);
      },
      (error: unknown) => {
        this.#end(key, flight);
        for (const waiter of flight.waiters) waiter.reject(error);
      },
    );
    return flight;
  }

  /** Whoever asks from now on begins anew. */
  #end(key: string, flight: Flight<Value>): void {
    if (this.#underWay.get(key) === flight) this.#underWay.delete(key);
  }

  #leave(key: string, flight: Flight<Value>, waiter: Waiter<Value>): void {
    flight.waiters.delete(waiter);
    waiter.reject(new ClientGone());
    if (flight.waiters.size > 0) return;
    this.#end(key, flight);
    flight.cancellation.cancel();
  }
}
