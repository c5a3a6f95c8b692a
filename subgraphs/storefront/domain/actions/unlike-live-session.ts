import { isUuid } from "../../../../platform/values/ids.ts";
import { type Result, success } from "../../../../platform/values/result.ts";
import type { LiveSession } from "../live-session.ts";
import type { Engagement, LiveSessions } from "../ports.ts";
import { liveSessionNotFound, type Refusal } from "../refusal.ts";
import { viewerOf } from "../viewer.ts";

/** Takes a subject's like of a live session back; without one it changes nothing. Refuses LIVE_SESSION_NOT_FOUND. */
export async function unlikeLiveSession(
  ports: { readonly liveSessions: LiveSessions; readonly engagement: Engagement },
  request: { readonly subject: string; readonly liveSessionId: string },
): Promise<Result<LiveSession, Refusal<"LIVE_SESSION_NOT_FOUND">>> {
  const { subject, liveSessionId } = request;
  if (!isUuid(liveSessionId) || (await ports.liveSessions.find(liveSessionId)) === null) return liveSessionNotFound();
  return success(await ports.engagement.unlikeLiveSession(viewerOf(subject), liveSessionId));
}
