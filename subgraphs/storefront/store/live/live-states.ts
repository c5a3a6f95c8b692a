import type pg from "pg";
import type { Logger } from "../../../../platform/runtime/logger.ts";
import { type StateSettings, StateStreams } from "../../../../platform/runtime/streams/state-streams.ts";
import { openWakeUps } from "../../../../platform/runtime/streams/wake-ups.ts";
import type { NewId } from "../../../../platform/values/ids.ts";
import type { LiveStates } from "../../domain/ports.ts";
import { liveSessionSource } from "./live-session-source.ts";
import { keepViewerLeases, type LeaseTimes } from "./viewer-leases.ts";

/** What streams are read from. */
export interface LiveSettings {
  readonly pool: pg.Pool;
  /** A direct connection to the database, on which wake-ups are listened to. */
  readonly listenUrl: string;
  readonly newId: NewId;
  readonly logger: Logger;
  /** What deviates from the usual patience and leases; for tests alone. */
  readonly states?: Partial<StateSettings>;
  readonly leases?: LeaseTimes;
}

/** The streams of a process. */
export interface Live extends LiveStates {
  /** Ends the streams, gives the viewers' leases back, ends the connection for wake-ups. */
  readonly close: () => Promise<void>;
}

// The name stands in the migration that notifies.
const channel = "storefront_changes";

/** Opens the storefront's streams of states; no connection is held before the first stream. */
export function openLive({ pool, listenUrl, newId, logger, states, leases }: LiveSettings): Live {
  const wakeUps = openWakeUps({ url: listenUrl, channel }, logger);
  const sessions = new StateStreams(liveSessionSource(pool), wakeUps, logger, states);
  const viewers = keepViewerLeases(pool, newId, logger, leases);
  return {
    liveSession: async (liveSessionId, subject, share) => {
      // Before the first state is read, so that it counts this viewer too.
      const leave = await viewers.take(liveSessionId, subject, share);
      return sessions.stream(liveSessionId, leave);
    },
    close: async () => {
      sessions.close();
      await viewers.close();
      await wakeUps.close();
    },
  };
}
