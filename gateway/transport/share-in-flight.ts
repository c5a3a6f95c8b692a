import type { Cancellation } from "../cancellation.ts";
import type { CallerChanges } from "./caller-changes.ts";
import { Flights } from "./flights.ts";
import type { SubgraphAnswer } from "./subgraph-answer.ts";
import type { SubgraphPost, SubgraphTransport } from "./subgraph-transport.ts";

// Headers that name the request, not what is asked or who asks: they never change an answer.
const passingHeaders = new Set(["x-correlation-id", "traceparent", "tracestate", "baggage", "x-request-id"]);

/**
 * What makes two requests one: subgraph, address, body, and every header that goes out but those that only name the request.
 * The organisation's token is among them, so callers share an answer only if they are one subject with one set of scopes.
 */
export function sharingKey({ endpoint, body, headers }: SubgraphPost): string {
  let key = `${endpoint.service} ${endpoint.url}`;
  // In the order in which they were set, which is the same for requests that are made in the same way.
  for (const name in headers) {
    if (!passingHeaders.has(name)) key += `\n${name}: ${headers[name]}`;
  }
  return `${key}\n\n${body}`;
}

/**
 * Sends identical queries that are under way at the same time once, but for what their callers know to have happened in
 * between: who has changed something, or was told of an event, never gets what was asked for before. An answer for several says so (`isShared`): none of
 * them may change it. When all who wait for it have gone, the request is given up.
 */
export function shareInFlight(
  transport: SubgraphTransport,
  shared: () => void,
  changes: CallerChanges,
): SubgraphTransport {
  const flights = new Flights<SubgraphAnswer>(shared);
  return {
    ...transport,
    post: async (request) => {
      const { caller = "", readAfter = "" } = request;
      if (!request.isQuery) return transport.post(request);
      const since = `${changes.lastOf(caller)} ${readAfter}`;
      const send = (cancellation: Cancellation) => transport.post({ ...request, cancellation });
      const { value, isShared } = await flights.join(`${since}\n${sharingKey(request)}`, send, request.cancellation);
      return isShared ? { ...value, isShared } : value;
    },
  };
}
