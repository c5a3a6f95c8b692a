import type pg from "pg";
import type { StateSource } from "../../../../platform/runtime/streams/state-streams.ts";
import type { LiveSession, LiveSessionState } from "../../domain/live-session.ts";
import { liveSessionColumns } from "../rows.ts";
import { viewerCountSql } from "./live-viewers.ts";

interface StateRow extends LiveSession {
  readonly viewerCount: number;
  readonly pinId: string | null;
  readonly productId: string | null;
  readonly pinnedNews: string;
}

const stateSql = `SELECT ${liveSessionColumns}, ${viewerCountSql} AS "viewerCount", pin.id AS "pinId",
    pin.product_id AS "productId",
    concat_ws(':', standing.reduction_sequence, standing.availability_sequence) AS "pinnedNews"
  FROM live_session s LEFT JOIN live_pin pin ON pin.live_session_id = s.id AND pin.unpinned_at IS NULL
    LEFT JOIN product_standing standing ON standing.product_id = pin.product_id
  WHERE s.id = $1`;

const intervalMs = 250;

function toState({ viewerCount, pinId, productId, pinnedNews, ...session }: StateRow): LiveSessionState {
  if (pinId === null || productId === null) return { session, viewerCount, pinnedItem: null, pinnedNews };
  const { id: contentId, creatorId } = session;
  const pinnedItem = { id: pinId, position: 0, productId, contentId, contentKind: "live", creatorId } as const;
  return { session, viewerCount, pinnedItem, pinnedNews };
}

/** Reads a live session, its pin, what was told of that and its viewers in one statement, at most four times a second. */
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
