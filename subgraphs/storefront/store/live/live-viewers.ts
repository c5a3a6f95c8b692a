import type pg from "pg";
import type { LiveViewers } from "../../domain/ports.ts";

/**
 * SQL for how many watch the session `s`; 0 once it is over. Somebody signed in counts once; of the others each stream counts
 * for as many as it stands for, and of the streams of one share the latest alone: an earlier one is about to end.
 */
export const viewerCountSql = `CASE WHEN s.ended_at IS NULL THEN (
    SELECT count(DISTINCT v.subject) FROM live_viewer v
    WHERE v.live_session_id = s.id AND v.subject IS NOT NULL AND v.expires_at > now())::int + (
    SELECT coalesce(sum(latest.members), 0) FROM (
      SELECT DISTINCT ON (v.share_id) v.members FROM live_viewer v
      WHERE v.live_session_id = s.id AND v.subject IS NULL AND v.expires_at > now()
      ORDER BY v.share_id, v.id DESC) latest)::int ELSE 0 END`;

/** Viewers of live sessions in PostgreSQL. */
export function createLiveViewers(pool: pg.Pool): LiveViewers {
  return {
    countOf: async (liveSessionIds) => {
      const sql = `SELECT s.id, ${viewerCountSql} AS count FROM live_session s WHERE s.id = ANY($1::uuid[])`;
      const { rows } = await pool.query<{ readonly id: string; readonly count: number }>(sql, [liveSessionIds]);
      return new Map(rows.filter(({ count }) => count > 0).map(({ id, count }) => [id, count]));
    },
  };
}
