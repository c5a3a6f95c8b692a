import { isUuid } from "../../../../platform/values/ids.ts";
import { type Result, success } from "../../../../platform/values/result.ts";
import type { Engagement, Videos } from "../ports.ts";
import { type Refusal, videoNotFound } from "../refusal.ts";
import { dayOfView, type Video } from "../video.ts";
import { viewerOf } from "../viewer.ts";

/** Counts a view, at most one for each subject, video and day (UTC). Refuses VIDEO_NOT_FOUND. */
export async function recordView(
  ports: { readonly videos: Videos; readonly engagement: Engagement },
  request: { readonly subject: string; readonly videoId: string; readonly now: Date },
): Promise<Result<Video, Refusal<"VIDEO_NOT_FOUND">>> {
  const { videoId, now } = request;
  if (!isUuid(videoId) || (await ports.videos.find(videoId)) === null) return videoNotFound();
  return success(await ports.engagement.view(viewerOf(request.subject), videoId, dayOfView(now), now));
}
