import type pg from "pg";
import { toPage } from "../../../platform/values/page.ts";
import type { Video as VideoRow } from "../../../prisma/storefront/client/client.ts";
import { formatKey } from "../domain/chronological-key.ts";
import type { KeyClaim, NewVideo, Videos } from "../domain/ports.ts";
import type { Video } from "../domain/video.ts";
import { keysetOf, toPages } from "./chronological-pages.ts";
import { claimKey, findEarlierUse } from "./idempotency.ts";
import { toVideo, videoColumns } from "./rows.ts";
import { recordViewer, type StorefrontClient, type Transaction } from "./transaction.ts";

const feedSql = `SELECT ${videoColumns} FROM video v WHERE (v.published_at, v.id) < ($1::timestamptz, $2::uuid)
  ORDER BY v.published_at DESC, v.id DESC LIMIT $3`;

const ofCreatorsSql = `SELECT page.* FROM unnest($4::uuid[]) AS parent(id) CROSS JOIN LATERAL (
    SELECT ${videoColumns} FROM video v
    WHERE v.creator_id = parent.id AND (v.published_at, v.id) < ($1::timestamptz, $2::uuid)
    ORDER BY v.published_at DESC, v.id DESC LIMIT $3) AS page
  ORDER BY page."publishedAt" DESC, page.id DESC`;

function keyOf(video: Video): string {
  return formatKey(video.publishedAt, video.id);
}

async function insert(transaction: Transaction, video: NewVideo): Promise<VideoRow> {
  const { media, showcase, ...rest } = video;
  const { url: mediaUrl, ...file } = media;
  const row = await transaction.video.create({ data: { ...rest, ...file, mediaUrl } });
  await transaction.showcaseItem.createMany({
    data: showcase.map(({ id, productId }, position) => ({ id, productId, position, videoId: video.id })),
  });
  return row;
}

/** Videos in PostgreSQL. */
export function createVideos(prisma: StorefrontClient, pool: pg.Pool): Videos {
  return {
    find: async (id) => {
      const row = await prisma.video.findUnique({ where: { id } });
      return row === null ? null : toVideo(row);
    },
    byIds: async (ids) => (await prisma.video.findMany({ where: { id: { in: [...ids] } } })).map(toVideo),
    feed: async (request) => {
      const { rows } = await pool.query<VideoRow>(feedSql, [...keysetOf(request), request.first + 1]);
      return toPage(rows.map(toVideo), request, keyOf);
    },
    ofCreators: async (creatorIds, request) => {
      const values = [...keysetOf(request), request.first + 1, creatorIds];
      const { rows } = await pool.query<VideoRow>(ofCreatorsSql, values);
      return toPages(creatorIds, rows.map(toVideo), request, { parentId: (video) => video.creatorId, key: keyOf });
    },
    publish: (video: NewVideo, claim: KeyClaim) =>
      prisma.$transaction(async (transaction) => {
        await recordViewer(transaction, claim.viewer, video.publishedAt);
        if (await claimKey(transaction, claim, video.id, video.publishedAt)) {
          return { kind: "done", value: toVideo(await insert(transaction, video)) };
        }
        const earlier = await findEarlierUse(transaction, claim);
        if (earlier.kind !== "same") return { kind: "conflict" };
        const row = await transaction.video.findUniqueOrThrow({ where: { id: earlier.resultId } });
        return { kind: "done", value: toVideo(row) };
      }),
  };
}
