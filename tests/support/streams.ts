import { createClient as createSseClient } from "graphql-sse";
import { createClient as createSocketClient } from "graphql-ws";
import { WebSocket } from "ws";
import { eventually } from "./eventually.ts";
import type { AnsweredError } from "./graphql-client.ts";

/** An event as a stream's client got it. */
export interface StreamEvent {
  // The shape is the subscription's; tests read what they asked for.
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly AnsweredError[];
}

/** How a stream ended for its client: completed, or broken by an error. */
export type StreamEnd = { readonly kind: "complete" } | { readonly kind: "error"; readonly error: unknown };

/** A stream and what came of it so far. */
export interface WatchedStream {
  readonly events: readonly StreamEvent[];
  readonly end: () => StreamEnd | undefined;
  /** Waits for an event that is as wanted, those that came already included. */
  readonly until: (isWanted: (event: StreamEvent) => boolean) => Promise<StreamEvent>;
  readonly ended: () => Promise<StreamEnd>;
  /** Ends it from the client's side. */
  readonly close: () => void;
}

/** What is subscribed to, by whom. */
export interface StreamRequest {
  /** As `http://127.0.0.1:4001/graphql`. */
  readonly url: string;
  readonly token: string;
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  readonly extensions?: Record<string, unknown>;
}

/** What goes over the wire; absent parts stay absent. */
function payloadOf({ query, variables, extensions }: StreamRequest) {
  return {
    query,
    ...(variables === undefined ? {} : { variables }),
    ...(extensions === undefined ? {} : { extensions }),
  };
}

interface Sink {
  readonly next: (event: StreamEvent) => void;
  readonly error: (error: unknown) => void;
  readonly complete: () => void;
}

function watch(subscribe: (sink: Sink) => () => void): WatchedStream {
  const events: StreamEvent[] = [];
  let end: StreamEnd | undefined;
  const close = subscribe({
    next: (event) => void events.push(event),
    error: (error) => {
      end ??= { kind: "error", error };
    },
    complete: () => {
      end ??= { kind: "complete" };
    },
  });
  return {
    events,
    end: () => end,
    until: (isWanted) =>
      eventually(
        async () => events.find(isWanted),
        () => `no such event; there are ${JSON.stringify(events)} and the end is ${JSON.stringify(end)}`,
      ),
    ended: () =>
      eventually(
        async () => end,
        () => `the stream did not end; there are ${JSON.stringify(events)}`,
      ),
    close,
  };
}

/** Subscribes over graphql-sse, in distinct connections mode. */
export function watchOverSse(request: StreamRequest): WatchedStream {
  const { url, token } = request;
  const client = createSseClient({ url, retryAttempts: 0, headers: { authorization: `Bearer ${token}` } });
  return watch((sink) => {
    const leave = client.subscribe(payloadOf(request), sink as never);
    return () => {
      leave();
      client.dispose();
    };
  });
}

/** Subscribes over graphql-transport-ws; the token goes with the first message, or in the upgrade request's header. */
export function watchOverSocket(request: StreamRequest, tokenIn: "payload" | "header" = "payload"): WatchedStream {
  const { url, token } = request;
  const authorization = `Bearer ${token}`;
  class WithHeader extends WebSocket {
    constructor(address: string, protocols?: string) {
      super(address, protocols, { headers: { authorization } });
    }
  }
  const client = createSocketClient({
    url: url.replace(/^http/, "ws"),
    webSocketImpl: tokenIn === "header" ? WithHeader : WebSocket,
    ...(tokenIn === "payload" ? { connectionParams: { authorization } } : {}),
    retryAttempts: 0,
    lazyCloseTimeout: 0,
  });
  return watch((sink) => {
    const leave = client.subscribe(payloadOf(request), sink as never);
    return () => {
      leave();
      void client.dispose();
    };
  });
}

/** Both transports, for tests that hold for each. */
export const transports: readonly (readonly [string, (request: StreamRequest) => WatchedStream])[] = [
  ["SSE", watchOverSse],
  ["WebSocket", watchOverSocket],
];

/** The code of an event's first error. */
export function codeOf(event: StreamEvent | undefined): unknown {
  return event?.errors?.[0]?.extensions?.code;
}
