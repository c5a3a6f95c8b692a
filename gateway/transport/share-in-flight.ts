import { CancellationSource, ClientGone } from "../cancellation.ts";
import type { SubgraphAnswer } from "./subgraph-answer.ts";
import type { SubgraphPost, SubgraphTransport } from "./subgraph-transport.ts";

// Headers that name the request, not what is asked or who asks: they never change an answer.
const passingHeaders = new Set(["x-correlation-id", "traceparent", "tracestate", "baggage", "x-request-id"]);

interface Waiter {
  readonly resolve: (answer: SubgraphAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** One request under way and all who wait for its answer. */
interface Flight {
  readonly waiters: Set<Waiter>;
  /** Ends the request once nobody waits any more. */
  readonly cancellation: CancellationSource;
  /** How many have waited so far; from two on, the answer is not for one alone. */
  count: number;
}

/**
 * What makes two requests one: subgraph, body, and every header that goes out but those that only name the request.
 * The organisation's token is among them, so callers share an answer only if they are one subject with one set of scopes.
 */
export function sharingKey({ service, body, headers }: SubgraphPost): string {
  let key = service;
  // In the order in which they were set, which is the same for requests that are made in the same way.
  for (const name in headers) {
    if (!passingHeaders.has(name)) key += `\n${name}: ${headers[name]}`;
  }
  return `${key}\n\n${body}`;
}

/**
 * Sends identical queries that are under way at the same time once. An answer for several says so (`isShared`): none of
 * them may change it. When all who wait for it have gone, the request is given up.
 */
export function shareInFlight(transport: SubgraphTransport, shared: () => void): SubgraphTransport {
  const underWay = new Map<string, Flight>();

  function start(key: string, request: SubgraphPost): Flight {
    const cancellation = new CancellationSource();
    const flight: Flight = { waiters: new Set(), cancellation, count: 0 };
    const end = () => {
      if (underWay.get(key) === flight) underWay.delete(key);
    };
    underWay.set(key, flight);
    transport.post({ ...request, cancellation }).then(
      (answer) => {
        end();
        const given = flight.count > 1 ? { ...answer, isShared: true } : answer;
        for (const waiter of flight.waiters) waiter.resolve(given);
      },
      (error: unknown) => {
        end();
        for (const waiter of flight.waiters) waiter.reject(error);
      },
    );
    return flight;
  }

  function leave(key: string, flight: Flight, waiter: Waiter): void {
    flight.waiters.delete(waiter);
    waiter.reject(new ClientGone());
    if (flight.waiters.size > 0) return;
    // Whoever asks from now on begins anew.
    if (underWay.get(key) === flight) underWay.delete(key);
    flight.cancellation.cancel();
  }

  return {
    ...transport,
    post: (request) => {
      if (!request.isQuery) return transport.post(request);
      const key = sharingKey(request);
      return new Promise((resolve, reject) => {
        const present = underWay.get(key);
        if (present !== undefined) shared();
        const flight = present ?? start(key, request);
        const waiter: Waiter = { resolve, reject };
        flight.waiters.add(waiter);
        flight.count += 1;
        // Once the answer is there, leaving changes nothing: the promise is settled.
        request.cancellation?.onCancel(() => leave(key, flight, waiter));
      });
    },
  };
}
