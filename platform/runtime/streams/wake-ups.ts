import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { Logger } from "../logger.ts";

/**
 * Tells that something may have changed, never what. A wake-up can be lost with the connection; after a loss everybody is
 * woken, and whoever must not miss a change looks now and then without being told.
 */
export interface WakeUps {
  /** Calls `wake` whenever the thing of that key may have changed; answers how to stop. */
  readonly watch: (key: string, wake: () => void) => () => void;
  readonly close: () => Promise<void>;
}

/** Where wake-ups come from. */
export interface WakeUpSettings {
  /** A direct connection: a transaction-mode pooler would not keep it listening. */
  readonly url: string;
  /** PostgreSQL's name for the notifications; their payload is the key. */
  readonly channel: string;
}

const firstPauseMs = 100;
const longestPauseMs = 5_000;

/**
 * Listens to NOTIFY on a connection of its own, opened with the first watcher, so that a process without streams holds none.
 * A lost connection is opened again with growing pauses for as long as there is anybody to wake.
 */
export function openWakeUps(settings: WakeUpSettings, logger: Logger): WakeUps {
  const watchers = new Map<string, Set<() => void>>();
  const stop = new AbortController();
  let client: pg.Client | undefined;
  let listening: Promise<void> | undefined;

  function wakeAll(): void {
    for (const wakes of watchers.values()) for (const wake of wakes) wake();
  }

  /** Listens until the connection is lost. @throws when it could not be opened */
  async function listenOnce(opened: () => void): Promise<void> {
    const fresh = new pg.Client({
      connectionString: settings.url,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      application_name: `${logger.bindings().name} wake-ups`,
    });
    client = fresh;
    fresh.on("error", () => undefined);
    const ended = new Promise<void>((resolve) => fresh.once("end", resolve));
    fresh.on("notification", ({ payload = "" }) => {
      for (const wake of watchers.get(payload) ?? []) wake();
    });
    try {
      await fresh.connect();
      await fresh.query(`LISTEN ${pg.escapeIdentifier(settings.channel)}`);
    } catch (error) {
      await fresh.end().catch(() => undefined);
      throw error;
    }
    opened();
    // Whatever changed while nobody listened was told to nobody.
    wakeAll();
    if (stop.signal.aborted) await fresh.end().catch(() => undefined);
    await ended;
  }

  async function keepListening(): Promise<void> {
    let failures = 0;
    while (!stop.signal.aborted && watchers.size > 0) {
      try {
        await listenOnce(() => {
          failures = 0;
        });
      } catch (error) {
        failures += 1;
        logger.debug({ err: error }, "wake-ups cannot be listened to yet");
      }
      if (stop.signal.aborted) return;
      if (failures === 0) logger.warn("the connection for wake-ups was lost; changes are told later until it is back");
      const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** failures);
      await sleep(pauseMs, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  }

  function listen(): void {
    listening ??= keepListening().finally(() => {
      listening = undefined;
      // Somebody may have come between the last look and now.
      if (!stop.signal.aborted && watchers.size > 0) listen();
    });
  }

  return {
    watch: (key, wake) => {
      const wakes = watchers.get(key) ?? new Set();
      watchers.set(key, wakes.add(wake));
      listen();
      return () => {
        wakes.delete(wake);
        if (wakes.size === 0 && watchers.get(key) === wakes) watchers.delete(key);
      };
    },
    close: async () => {
      stop.abort();
      watchers.clear();
      await client?.end().catch(() => undefined);
      await listening;
    },
  };
}
