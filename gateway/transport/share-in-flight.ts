import type { SubgraphAnswer } from "./subgraph-answer.ts";
import type { SubgraphPost, SubgraphTransport } from "./subgraph-transport.ts";

// Headers that name the request, not what is asked or who asks: they never change an answer.
const passingHeaders = new Set(["x-correlation-id", "traceparent", "tracestate", "baggage", "x-request-id"]);

interface Waiter {
  readonly resolve: (answer: SubgraphAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * What makes two requests one: subgraph, body, and every header that goes out but those that only name the request.
 * The organisation's token is among them, so callers share an answer only if they are one subject with one set of scopes.
 */
export function sharingKey({ service, body, headers }: SubgraphPost): string {
  const counted = Object.keys(headers)
    .filter((name) => !passingHeaders.has(name))
    .sort()
    .map((name) => [name, headers[name]]);
  return JSON.stringify([service, counted]) + body;
}

function cloneJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cloneJson);
  if (typeof value !== "object" || value === null) return value;
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const inner = cloneJson((value as Record<string, unknown>)[key]);
    if (key === "__proto__")
      Object.defineProperty(copy, key, { value: inner, enumerable: true, writable: true, configurable: true });
    else copy[key] = inner;
  }
  return copy;
}

/** Sends identical queries that are under way at the same time once. Everybody gets an answer of their own to change. */
export function shareInFlight(transport: SubgraphTransport, shared: () => void): SubgraphTransport {
  const underWay = new Map<string, Waiter[]>();

  function start(key: string, request: SubgraphPost, waiters: Waiter[]): void {
    transport.post(request).then(
      (answer) => {
        underWay.delete(key);
        const [first, ...others] = waiters;
        // Copies are made before the first one can begin to change the original.
        for (const other of others) other.resolve(cloneJson(answer) as SubgraphAnswer);
        first?.resolve(answer);
      },
      (error: unknown) => {
        underWay.delete(key);
        for (const waiter of waiters) waiter.reject(error);
      },
    );
  }

  return {
    ...transport,
    post: (request) => {
      if (!request.isQuery) return transport.post(request);
      const key = sharingKey(request);
      return new Promise((resolve, reject) => {
        const waiters = underWay.get(key);
        if (waiters !== undefined) {
          shared();
          waiters.push({ resolve, reject });
          return;
        }
        const fresh = [{ resolve, reject }];
        underWay.set(key, fresh);
        start(key, request, fresh);
      });
    },
  };
}
