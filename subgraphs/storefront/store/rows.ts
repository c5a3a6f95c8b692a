import type { Creator as CreatorRow, Video as VideoRow } from "../../../prisma/storefront/client/client.ts";
import type { Creator } from "../domain/creator.ts";
import type { Video } from "../domain/video.ts";

/** A row of `video` as the domain's noun. */
export function toVideo(row: VideoRow): Video {
  const { mediaUrl, mimeType, posterUrl, widthPx, heightPx, ...rest } = row;
  return { ...rest, media: { url: mediaUrl, mimeType, posterUrl, widthPx, heightPx } };
}

/** A row of `creator` as the domain's noun; whose it is stays in the store. */
export function toCreator(row: CreatorRow): Creator {
  const { subject: _, ...creator } = row;
  return creator;
}

/** The columns of `video v` under the names of its row type, for SQL that Prisma has no words for. */
export const videoColumns = `v.id, v.creator_id AS "creatorId", v.title, v.caption, v.media_url AS "mediaUrl",
  v.mime_type AS "mimeType", v.poster_url AS "posterUrl", v.width_px AS "widthPx", v.height_px AS "heightPx",
  v.duration_seconds AS "durationSeconds", v.published_at AS "publishedAt", v.like_count AS "likeCount",
  v.view_count AS "viewCount", v.comment_count AS "commentCount"`;

/** The columns of `creator c` under the names of its row type. */
export const creatorColumns = `c.id, c.subject, c.handle, c.display_name AS "displayName", c.bio,
  c.avatar_url AS "avatarUrl", c.follower_count AS "followerCount", c.joined_at AS "joinedAt"`;

/** The columns of `live_session s` under the names of its row type. */
export const liveSessionColumns = `s.id, s.creator_id AS "creatorId", s.title, s.started_at AS "startedAt",
  s.ended_at AS "endedAt", s.like_count AS "likeCount"`;
