import type pg from "pg";
import type { LiveViewers } from "../../domain/ports.ts";

/** SQL for how many watch the session `s`: somebody signed in counts once, of the others each stream; 0 once it is over. */
export const viewerCountSql = `CASE WHEN s.ended_at IS NULL THEN (
    SELECT count(DISTINCT coalesce(v.subject, v.id::text)) FROM live_viewer v
    WHERE v.live_session_id = s.id AND v.expires_at > now())::int ELSE 0 END`;

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
