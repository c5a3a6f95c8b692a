import { isUuid } from "../../../../platform/values/ids.ts";
import { type Result, success } from "../../../../platform/values/result.ts";
import type { Engagement, Videos } from "../ports.ts";
import { type Refusal, videoNotFound } from "../refusal.ts";
import type { Video } from "../video.ts";
import { viewerOf } from "../viewer.ts";

/** Takes a subject's like back; without one it changes nothing. Refuses VIDEO_NOT_FOUND. */
export async function unlikeVideo(
  ports: { readonly videos: Videos; readonly engagement: Engagement },
  request: { readonly subject: string; readonly videoId: string },
): Promise<Result<Video, Refusal<"VIDEO_NOT_FOUND">>> {
  const { videoId } = request;
  if (!isUuid(videoId) || (await ports.videos.find(videoId)) === null) return videoNotFound();
  return success(await ports.engagement.unlike(viewerOf(request.subject), videoId));
}
