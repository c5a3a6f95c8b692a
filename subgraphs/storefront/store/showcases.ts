import type pg from "pg";
import type { Showcases } from "../domain/ports.ts";
import type { ShowcaseItem } from "../domain/showcase-item.ts";

interface ItemRow {
  readonly id: string;
  readonly contentId: string;
  readonly creatorId: string;
  readonly productId: string;
  readonly position: number;
}

const ofVideosSql = `SELECT item.id, item.video_id AS "contentId", v.creator_id AS "creatorId",
    item.product_id AS "productId", item.position
  FROM showcase_item item JOIN video v ON v.id = item.video_id
  WHERE item.video_id = ANY($1::uuid[]) ORDER BY item.video_id, item.position`;

const pinnedToSql = `SELECT pin.id, pin.live_session_id AS "contentId", session.creator_id AS "creatorId",
    pin.product_id AS "productId", 0 AS position
  FROM live_pin pin JOIN live_session session ON session.id = pin.live_session_id
  WHERE pin.live_session_id = ANY($1::uuid[]) AND pin.unpinned_at IS NULL`;

/** Showcases and pins in PostgreSQL. */
export function createShowcases(pool: pg.Pool): Showcases {
  return {
    ofVideos: async (videoIds) => {
      const { rows } = await pool.query<ItemRow>(ofVideosSql, [videoIds]);
      const items = new Map<string, ShowcaseItem[]>(videoIds.map((id) => [id, []]));
      for (const row of rows) items.get(row.contentId)?.push({ ...row, contentKind: "video" });
      return items;
    },
    pinnedTo: async (liveSessionIds) => {
      const { rows } = await pool.query<ItemRow>(pinnedToSql, [liveSessionIds]);
      return new Map(rows.map((row) => [row.contentId, { ...row, contentKind: "live" }]));
    },
  };
}
