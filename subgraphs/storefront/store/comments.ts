import type pg from "pg";
import { formatKey } from "../domain/chronological-key.ts";
import type { Comment } from "../domain/comment.ts";
import type { Comments, KeyClaim, NewComment } from "../domain/ports.ts";
import { keysetOf, toPages } from "./chronological-pages.ts";
import { type EarlierUse, findEarlierUse, hashOf } from "./idempotency.ts";
import type { StorefrontClient } from "./transaction.ts";

const ofVideosSql = `SELECT page.* FROM unnest($4::uuid[]) AS parent(id) CROSS JOIN LATERAL (
    SELECT c.id, c.video_id AS "videoId", author.name AS "authorName", c.text, c.created_at AS "createdAt"
    FROM comment c JOIN viewer author ON author.subject = c.author_subject
    WHERE c.video_id = parent.id AND (c.created_at, c.id) < ($1::timestamptz, $2::uuid)
    ORDER BY c.created_at DESC, c.id DESC LIMIT $3) AS page
  ORDER BY page."createdAt" DESC, page.id DESC`;

// One statement, and so one transaction: the key is claimed, the comment written and counted, or nothing of it. A second
// claim at the same time waits for the first to end, then finds the key taken.
const addSql = `WITH seen AS (INSERT INTO viewer (subject, name, first_seen_at) VALUES ($1, $2, $3::timestamptz)
    ON CONFLICT DO NOTHING),
  claimed AS (INSERT INTO idempotency (subject, operation, key, request_hash, result_id, created_at)
    VALUES ($1, $4, $5, $6, $7::uuid, $3::timestamptz) ON CONFLICT DO NOTHING RETURNING 1),
  added AS (INSERT INTO comment (id, video_id, author_subject, text, created_at)
    SELECT $7::uuid, $8::uuid, $1, $9, $3::timestamptz FROM claimed RETURNING 1)
  UPDATE video SET comment_count = comment_count + 1 WHERE id = $8::uuid AND EXISTS (SELECT FROM added)`;

async function insert(pool: pg.Pool, comment: NewComment, claim: KeyClaim): Promise<boolean> {
  const { viewer, operation, key } = claim;
  const { id, videoId, text, createdAt } = comment;
  const { subject, name } = viewer;
  const values = [subject, name, createdAt, operation, key, hashOf(claim), id, videoId, text];
  return (await pool.query(addSql, values)).rowCount === 1;
}

/** Comments in PostgreSQL. */
export function createComments(prisma: StorefrontClient, pool: pg.Pool): Comments {
  return {
    ofVideos: async (videoIds, request) => {
      const values = [...keysetOf(request), request.first + 1, videoIds];
      const { rows } = await pool.query<Comment>(ofVideosSql, values);
      const key = (comment: Comment): string => formatKey(comment.createdAt, comment.id);
      return toPages(videoIds, rows, request, { parentId: (comment) => comment.videoId, key });
    },
    add: async (comment, claim) => {
      const isNew = await insert(pool, comment, claim);
      const earlier: EarlierUse = isNew ? { kind: "same", resultId: comment.id } : await findEarlierUse(prisma, claim);
      if (earlier.kind !== "same") return { kind: "conflict" };
      const id = earlier.resultId;
      const row = await prisma.comment.findUniqueOrThrow({ where: { id }, include: { author: true } });
      const { videoId, text, createdAt } = row;
      return { kind: "done", value: { id, videoId, authorName: row.author.name, text, createdAt } };
    },
  };
}
