import type pg from "pg";
import { formatKey } from "../domain/chronological-key.ts";
import type { Comment } from "../domain/comment.ts";
import type { Comments } from "../domain/ports.ts";
import { keysetOf, toPages } from "./chronological-pages.ts";
import { claimKey } from "./idempotency.ts";
import { recordViewer, type StorefrontClient, type Transaction } from "./transaction.ts";

const ofVideosSql = `SELECT page.* FROM unnest($4::uuid[]) AS parent(id) CROSS JOIN LATERAL (
    SELECT c.id, c.video_id AS "videoId", author.name AS "authorName", c.text, c.created_at AS "createdAt"
    FROM comment c JOIN viewer author ON author.subject = c.author_subject
    WHERE c.video_id = parent.id AND (c.created_at, c.id) < ($1::timestamptz, $2::uuid)
    ORDER BY c.created_at DESC, c.id DESC LIMIT $3) AS page
  ORDER BY page."createdAt" DESC, page.id DESC`;

async function read(transaction: Transaction, id: string): Promise<Comment> {
  const row = await transaction.comment.findUniqueOrThrow({ where: { id }, include: { author: true } });
  return { id, videoId: row.videoId, authorName: row.author.name, text: row.text, createdAt: row.createdAt };
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
    add: (comment, claim) =>
      prisma.$transaction(async (transaction) => {
        await recordViewer(transaction, claim.viewer, comment.createdAt);
        const outcome = await claimKey(transaction, claim, comment.id, comment.createdAt);
        if (outcome.kind === "conflict") return { kind: "conflict" };
        if (outcome.kind === "replay") return { kind: "done", value: await read(transaction, outcome.resultId) };
        await transaction.comment.createMany({ data: { ...comment, authorSubject: claim.viewer.subject } });
        await transaction.video.updateMany({
          where: { id: comment.videoId },
          data: { commentCount: { increment: 1 } },
        });
        return { kind: "done", value: await read(transaction, comment.id) };
      }),
  };
}
