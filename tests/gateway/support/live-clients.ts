import { createClient as createSseClient } from "graphql-sse";
import { createClient as createSocketClient } from "graphql-ws";
import { WebSocket } from "ws";

/** What a stream has brought so far. */
export interface Collected {
  readonly results: {
    data?: Record<string, unknown> | null;
    errors?: readonly { message: string; extensions?: Record<string, unknown> }[];
    extensions?: Record<string, unknown>;
  }[];
  /** Set when the stream is over: nothing, or why. */
  end: { readonly error?: unknown } | undefined;
  readonly stop: () => void;
}

interface Sink {
  next(result: unknown): void;
  error(error: unknown): void;
  complete(): void;
}

/** Collects what a client library hands over. */
export function collect(subscribe: (sink: Sink) => () => void): Collected {
  const collected: { -readonly [Key in keyof Collected]: Collected[Key] } = {
    results: [],
    end: undefined,
    stop: () => undefined,
  };
  collected.stop = subscribe({
    next: (result) => void collected.results.push(result as Collected["results"][number]),
    error: (error) => {
      collected.end = { error };
    },
    complete: () => {
      collected.end ??= {};
    },
  });
  return collected;
}

/** A client of graphql-sse; `stop` ends what it runs. */
export function sseClient(url: string, singleConnection: boolean, headers: Record<string, string> = {}) {
  return createSseClient({ url: `${url}/stream`, singleConnection, headers, retryAttempts: 0 });
}

/** A client of graphql-ws. */
export function socketClient(url: string, options: Partial<Parameters<typeof createSocketClient>[0]> = {}) {
  return createSocketClient({
    url: url.replace(/^http/, "ws"),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    ...options,
  });
}
