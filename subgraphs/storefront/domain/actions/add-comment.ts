import { isUuid, type NewId } from "../../../../platform/values/ids.ts";
import { type Result, success } from "../../../../platform/values/result.ts";
import { readIdempotencyKey, readText } from "../bounds.ts";
import type { Comment } from "../comment.ts";
import type { Comments, Videos } from "../ports.ts";
import { idempotencyConflict, type Refusal, videoNotFound } from "../refusal.ts";
import type { Video } from "../video.ts";
import { viewerOf } from "../viewer.ts";

/** A comment that stands, with its video after it was counted. */
export interface CommentedVideo {
  readonly comment: Comment;
  readonly video: Video;
}

/**
 * Adds a subject's comment under a video, once for each idempotency key.
 * Refuses INVALID_INPUT, VIDEO_NOT_FOUND, and IDEMPOTENCY_CONFLICT when the key was used with other input.
 */
export async function addComment(
  ports: { readonly videos: Videos; readonly comments: Comments; readonly newId: NewId },
  request: {
    readonly subject: string;
    readonly videoId: string;
    readonly text: string;
    readonly idempotencyKey: string;
    readonly now: Date;
  },
): Promise<Result<CommentedVideo, Refusal<"INVALID_INPUT" | "VIDEO_NOT_FOUND" | "IDEMPOTENCY_CONFLICT">>> {
  const { videoId } = request;
  const text = readText(request.text, "input.text", { least: 1, most: 500 });
  if (!text.ok) return text;
  const key = readIdempotencyKey(request.idempotencyKey);
  if (!key.ok) return key;
  if (!isUuid(videoId) || (await ports.videos.find(videoId)) === null) return videoNotFound();
  const once = await ports.comments.add(
    { id: ports.newId(), videoId, text: text.value, createdAt: request.now },
    {
      viewer: viewerOf(request.subject),
      operation: "addComment",
      key: key.value,
      request: [videoId, text.value],
    },
  );
  if (once.kind === "conflict") return idempotencyConflict();
  const video = await ports.videos.find(videoId);
  return video === null ? videoNotFound() : success({ comment: once.value, video });
}
