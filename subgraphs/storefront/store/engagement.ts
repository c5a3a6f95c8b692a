import type { Creator } from "../domain/creator.ts";
import type { Engagement } from "../domain/ports.ts";
import type { Video } from "../domain/video.ts";
import { toCreator, toVideo } from "./rows.ts";
import { recordViewer, type StorefrontClient, type Transaction } from "./transaction.ts";

type VideoCount = "likeCount" | "viewCount";

// The row that says "liked" is written first: whoever writes it, and nobody else, moves the count. The count is moved
// last, so that the video's row stays locked for the shortest time.
async function countVideo(transaction: Transaction, id: string, count: VideoCount, by: number): Promise<Video> {
  const row =
    by === 0
      ? await transaction.video.findUniqueOrThrow({ where: { id } })
      : await transaction.video.update({ where: { id }, data: { [count]: { increment: by } } });
  return toVideo(row);
}

async function countFollowers(transaction: Transaction, id: string, by: number): Promise<Creator> {
  const row =
    by === 0
      ? await transaction.creator.findUniqueOrThrow({ where: { id } })
      : await transaction.creator.update({ where: { id }, data: { followerCount: { increment: by } } });
  return toCreator(row);
}

/** Likes, views and follows in PostgreSQL. */
export function createEngagement(prisma: StorefrontClient): Engagement {
  return {
    like: (viewer, videoId, at) =>
      prisma.$transaction(async (transaction) => {
        await recordViewer(transaction, viewer, at);
        const data = { subject: viewer.subject, videoId, likedAt: at };
        const { count } = await transaction.videoLike.createMany({ data, skipDuplicates: true });
        return countVideo(transaction, videoId, "likeCount", count);
      }),
    unlike: ({ subject }, videoId) =>
      prisma.$transaction(async (transaction) => {
        const { count } = await transaction.videoLike.deleteMany({ where: { subject, videoId } });
        return countVideo(transaction, videoId, "likeCount", -count);
      }),
    view: (viewer, videoId, day, at) =>
      prisma.$transaction(async (transaction) => {
        await recordViewer(transaction, viewer, at);
        const data = { subject: viewer.subject, videoId, day };
        const { count } = await transaction.videoView.createMany({ data, skipDuplicates: true });
        return countVideo(transaction, videoId, "viewCount", count);
      }),
    follow: (viewer, creatorId, at) =>
      prisma.$transaction(async (transaction) => {
        await recordViewer(transaction, viewer, at);
        const data = { subject: viewer.subject, creatorId, followedAt: at };
        const { count } = await transaction.follow.createMany({ data, skipDuplicates: true });
        return countFollowers(transaction, creatorId, count);
      }),
    unfollow: ({ subject }, creatorId) =>
      prisma.$transaction(async (transaction) => {
        const { count } = await transaction.follow.deleteMany({ where: { subject, creatorId } });
        return countFollowers(transaction, creatorId, -count);
      }),
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
