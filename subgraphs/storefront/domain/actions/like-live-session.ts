import { isUuid } from "../../../../platform/values/ids.ts";
import { type Result, success } from "../../../../platform/values/result.ts";
import type { LiveSession } from "../live-session.ts";
import type { Engagement, LiveSessions } from "../ports.ts";
import { liveSessionEnded, liveSessionNotFound, type Refusal } from "../refusal.ts";
import { viewerOf } from "../viewer.ts";

/**
 * Likes a live session for a subject; a second like changes nothing. Refuses LIVE_SESSION_NOT_FOUND, and LIVE_SESSION_ENDED
 * unless it is on air.
 */
export async function likeLiveSession(
  ports: { readonly liveSessions: LiveSessions; readonly engagement: Engagement },
  request: { readonly subject: string; readonly liveSessionId: string; readonly now: Date },
): Promise<Result<LiveSession, Refusal<"LIVE_SESSION_NOT_FOUND" | "LIVE_SESSION_ENDED">>> {
  const { subject, liveSessionId, now } = request;
  if (!isUuid(liveSessionId) || (await ports.liveSessions.find(liveSessionId)) === null) return liveSessionNotFound();
  const session = await ports.engagement.likeLiveSession(viewerOf(subject), liveSessionId, now);
  return session === null ? liveSessionEnded() : success(session);
}
