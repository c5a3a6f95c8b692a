import type pg from "pg";
import type { Creator as CreatorRow, Video as VideoRow } from "../../../prisma/storefront/client/client.ts";
import type { LiveSession } from "../domain/live-session.ts";
import type { Engagement } from "../domain/ports.ts";
import { creatorColumns, liveSessionColumns, toCreator, toVideo, videoColumns } from "./rows.ts";
import type { StorefrontClient } from "./transaction.ts";

// Each change is one statement, and so one transaction of one round trip: on a popular video the row that counts is
// locked for no longer than it takes. Who writes the row that says "liked", and nobody else, moves the count.

const seen = `seen AS (INSERT INTO viewer (subject, name, first_seen_at) VALUES ($1, $2, $3::timestamptz)
  ON CONFLICT DO NOTHING)`;

const likeSql = `WITH ${seen}, changed AS (INSERT INTO video_like (subject, video_id, liked_at)
    VALUES ($1, $4::uuid, $3::timestamptz) ON CONFLICT DO NOTHING RETURNING 1)
  UPDATE video v SET like_count = v.like_count + 1 WHERE v.id = $4::uuid AND EXISTS (SELECT FROM changed)
  RETURNING ${videoColumns}`;

const unlikeSql = `WITH changed AS (DELETE FROM video_like WHERE subject = $1 AND video_id = $2::uuid RETURNING 1)
  UPDATE video v SET like_count = v.like_count - 1 WHERE v.id = $2::uuid AND EXISTS (SELECT FROM changed)
  RETURNING ${videoColumns}`;

const viewSql = `WITH ${seen}, changed AS (INSERT INTO video_view (subject, video_id, day)
    VALUES ($1, $4::uuid, $5::date) ON CONFLICT DO NOTHING RETURNING 1)
  UPDATE video v SET view_count = v.view_count + 1 WHERE v.id = $4::uuid AND EXISTS (SELECT FROM changed)
  RETURNING ${videoColumns}`;

const followSql = `WITH ${seen}, changed AS (INSERT INTO follow (subject, creator_id, followed_at)
    VALUES ($1, $4::uuid, $3::timestamptz) ON CONFLICT DO NOTHING RETURNING 1)
  UPDATE creator c SET follower_count = c.follower_count + 1 WHERE c.id = $4::uuid AND EXISTS (SELECT FROM changed)
  RETURNING ${creatorColumns}`;

const unfollowSql = `WITH changed AS (DELETE FROM follow WHERE subject = $1 AND creator_id = $2::uuid RETURNING 1)
  UPDATE creator c SET follower_count = c.follower_count - 1 WHERE c.id = $2::uuid AND EXISTS (SELECT FROM changed)
  RETURNING ${creatorColumns}`;

const likeLiveSessionSql = `WITH ${seen}, changed AS (INSERT INTO live_session_like (subject, live_session_id, liked_at)
    SELECT $1, s.id, $3::timestamptz FROM live_session s WHERE s.id = $4::uuid AND s.ended_at IS NULL
    ON CONFLICT DO NOTHING RETURNING 1)
  UPDATE live_session s SET like_count = s.like_count + 1 WHERE s.id = $4::uuid AND EXISTS (SELECT FROM changed)
  RETURNING ${liveSessionColumns}`;

const unlikeLiveSessionSql = `WITH changed AS (DELETE FROM live_session_like
    WHERE subject = $1 AND live_session_id = $2::uuid RETURNING 1)
  UPDATE live_session s SET like_count = s.like_count - 1 WHERE s.id = $2::uuid AND EXISTS (SELECT FROM changed)
  RETURNING ${liveSessionColumns}`;

/** Likes, views and follows in PostgreSQL. */
export function createEngagement(prisma: StorefrontClient, pool: pg.Pool): Engagement {
  async function changeVideo(sql: string, id: string, values: unknown[]) {
    const { rows } = await pool.query<VideoRow>(sql, values);
    return toVideo(rows[0] ?? (await prisma.video.findUniqueOrThrow({ where: { id } })));
  }
  async function changeCreator(sql: string, id: string, values: unknown[]) {
    const { rows } = await pool.query<CreatorRow>(sql, values);
    return toCreator(rows[0] ?? (await prisma.creator.findUniqueOrThrow({ where: { id } })));
  }
  async function changeLiveSession(sql: string, id: string, values: unknown[]) {
    const { rows } = await pool.query<LiveSession>(sql, values);
    return rows[0] ?? (await prisma.liveSession.findUniqueOrThrow({ where: { id } }));
  }
  return {
    likeLiveSession: async ({ subject, name }, id, at) => {
      const session = await changeLiveSession(likeLiveSessionSql, id, [subject, name, at, id]);
      return session.endedAt === null ? session : null;
    },
    unlikeLiveSession: ({ subject }, id) => changeLiveSession(unlikeLiveSessionSql, id, [subject, id]),
    likedLiveSessionsAmong: async (subject, liveSessionIds) => {
      const where = { subject, liveSessionId: { in: [...liveSessionIds] } };
      const rows = await prisma.liveSessionLike.findMany({ where, select: { liveSessionId: true } });
      return new Set(rows.map((row) => row.liveSessionId));
    },
    like: ({ subject, name }, videoId, at) => changeVideo(likeSql, videoId, [subject, name, at, videoId]),
    unlike: ({ subject }, videoId) => changeVideo(unlikeSql, videoId, [subject, videoId]),
    view: ({ subject, name }, videoId, day, at) =>
      changeVideo(viewSql, videoId, [subject, name, at, videoId, day.toISOString().slice(0, 10)]),
    follow: ({ subject, name }, creatorId, at) => changeCreator(followSql, creatorId, [subject, name, at, creatorId]),
    unfollow: ({ subject }, creatorId) => changeCreator(unfollowSql, creatorId, [subject, creatorId]),
    likedAmong: async (subject, videoIds) => {
      const where = { subject, videoId: { in: [...videoIds] } };
      const rows = await prisma.videoLike.findMany({ where, select: { videoId: true } });
      return new Set(rows.map((row) => row.videoId));
    },
    followedAmong: async (subject, creatorIds) => {
      const where = { subject, creatorId: { in: [...creatorIds] } };
      const rows = await prisma.follow.findMany({ where, select: { creatorId: true } });
      return new Set(rows.map((row) => row.creatorId));
    },
  };
}
