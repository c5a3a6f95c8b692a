import type pg from "pg";
import type { StateSource } from "../../../../platform/runtime/streams/state-streams.ts";
import type { LiveSession, LiveSessionState } from "../../domain/live-session.ts";
import { liveSessionColumns } from "../rows.ts";
import { viewerCountSql } from "./live-viewers.ts";

interface StateRow extends LiveSession {
  readonly viewerCount: number;
  readonly pinId: string | null;
  readonly productId: string | null;
}

const stateSql = `SELECT ${liveSessionColumns}, ${viewerCountSql} AS "viewerCount", pin.id AS "pinId",
    pin.product_id AS "productId"
  FROM live_session s LEFT JOIN live_pin pin ON pin.live_session_id = s.id AND pin.unpinned_at IS NULL
  WHERE s.id = $1`;

const intervalMs = 250;

function toState({ viewerCount, pinId, productId, ...session }: StateRow): LiveSessionState {
  if (pinId === null || productId === null) return { session, viewerCount, pinnedItem: null };
  const { id: contentId, creatorId } = session;
  const pinnedItem = { id: pinId, position: 0, productId, contentId, contentKind: "live", creatorId } as const;
  return { session, viewerCount, pinnedItem };
}

/** Reads a live session, its pin and its viewers in one statement, at most four times a second. */
export function liveSessionSource(pool: pg.Pool): StateSource<LiveSessionState> {
  return {
    read: async (liveSessionId) => {
      const { rows } = await pool.query<StateRow>(stateSql, [liveSessionId]);
      return rows[0] === undefined ? null : toState(rows[0]);
    },
    wakeUpKey: (liveSessionId) => `live-session:${liveSessionId}`,
    intervalMs,
    isFinal: ({ session }) => session.endedAt !== null,
  };
}
