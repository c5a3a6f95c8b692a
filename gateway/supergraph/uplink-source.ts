import { UplinkSupergraphManager } from "@apollo/gateway";
import { ConfigurationError } from "../../platform/runtime/config.ts";
import type { Logger } from "../../platform/runtime/logger.ts";
import { type FetchBounds, fetchBounded } from "../transport/bounded-fetch.ts";
import type { SupergraphSource } from "./source.ts";

/** What GraphOS is asked for. */
export interface UplinkSettings extends FetchBounds {
  /** As `my-graph@current`. */
  readonly graphRef: string;
  readonly apiKey: string;
  /** Asked in turn; Apollo's own when absent. */
  readonly endpoints: readonly string[] | undefined;
}

// The manager polls by itself, as often as Uplink tells it to; this is how often we look at what it has found.
const lookIntervalMs = 1_000;
const longestIntervalMs = 60_000;

type Fetcher = NonNullable<ConstructorParameters<typeof UplinkSupergraphManager>[0]["fetcher"]>;

/** The manager's requests with our bounds; its own client takes whatever comes. */
function boundedFetcher(bounds: FetchBounds, answered: () => void): Fetcher {
  return async (url, init) => {
    const headers = init?.headers as Record<string, string> | undefined;
    const request = { method: init?.method ?? "GET", body: String(init?.body ?? ""), ...(headers && { headers }) };
    const { status, text } = await fetchBounded(url, request, bounds);
    if (status === 200) answered();
    return new Response(text, { status, headers: { "content-type": "application/json" } });
  };
}

/** What the manager logs in words of its own is for who looks closely: what matters is reported by whoever reads. */
function quiet(logger: Logger) {
  const debug = (message?: unknown) => logger.debug({ said: String(message) }, "the Uplink manager says");
  return { debug, info: debug, warn: debug, error: debug };
}

/** GraphOS Uplink, by `@apollo/gateway`'s own manager. Nothing is asked before the first look. */
export function createUplinkSource(settings: UplinkSettings, logger: Logger): SupergraphSource {
  const { graphRef, apiKey, endpoints } = settings;
  const name = `uplink:${graphRef}`;
  let cleanup: (() => Promise<void>) | undefined;
  let fresh: string | undefined;
  let failure: Error | undefined;
  let isClosed = false;

  function complaint(cause: Error): ConfigurationError {
    const words = (cause.message.split("\n").join(" ") || "no reason given").replaceAll(apiKey, "(key)");
    return new ConfigurationError(`${name}: the supergraph cannot be fetched: ${words}`);
  }

  async function open(): Promise<void> {
    // Each address once a round: who waits at a cold start has the last good supergraph, and rounds follow each other.
    const retries = (endpoints?.length ?? UplinkSupergraphManager.DEFAULT_UPLINK_ENDPOINTS.length) - 1;
    const manager = new UplinkSupergraphManager({
      apiKey,
      graphRef,
      logger: quiet(logger),
      // An answer that says what is wrong sets the failure again, further on.
      fetcher: boundedFetcher(settings, () => {
        failure = undefined;
      }),
      ...(endpoints === undefined ? {} : { uplinkEndpoints: [...endpoints] }),
      initialMaxRetries: retries,
      maxRetries: retries,
      onFailureToFetchSupergraphSdlAfterInit: async ({ error }) => {
        failure = error;
        return null;
      },
    });
    const started = await manager.initialize({
      update: (sdl) => {
        fresh = sdl;
      },
      healthCheck: async () => undefined,
      getDataSource: () => {
        throw new Error("the Uplink manager asks no subgraph");
      },
    });
    cleanup = started.cleanup;
    if (isClosed) void cleanup();
    fresh = started.supergraphSdl;
  }

  return {
    name,
    intervalMs: lookIntervalMs,
    longestIntervalMs,
    read: async () => {
      try {
        if (cleanup === undefined) await open();
      } catch (cause) {
        throw complaint(cause as Error);
      }
      if (failure !== undefined) throw complaint(failure);
      const sdl = fresh;
      fresh = undefined;
      return sdl;
    },
    // Not awaited: it ends with the request that is under way.
    close: async () => {
      isClosed = true;
      void cleanup?.();
    },
  };
}
