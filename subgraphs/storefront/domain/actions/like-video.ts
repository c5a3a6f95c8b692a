import { isUuid } from "../../../../platform/values/ids.ts";
import { type Result, success } from "../../../../platform/values/result.ts";
import type { Engagement, Videos } from "../ports.ts";
import { type Refusal, videoNotFound } from "../refusal.ts";
import type { Video } from "../video.ts";
import { viewerOf } from "../viewer.ts";

/** A video that the viewer likes. */
export interface LikedVideo {
  readonly video: Video;
}

/** Likes a video for a subject; a second like changes nothing. Refuses VIDEO_NOT_FOUND. */
export async function likeVideo(
  ports: { readonly videos: Videos; readonly engagement: Engagement },
  request: { readonly subject: string; readonly videoId: string; readonly now: Date },
): Promise<Result<LikedVideo, Refusal<"VIDEO_NOT_FOUND">>> {
  const { videoId } = request;
  if (!isUuid(videoId) || (await ports.videos.find(videoId)) === null) return videoNotFound();
  return success({ video: await ports.engagement.like(viewerOf(request.subject), videoId, request.now) });
}
