import { type Result, success } from "../../../../platform/values/result.ts";
import type { LiveSession } from "../live-session.ts";
import { findOwnLiveSession } from "../own-live-session.ts";
import type { Creators, LiveSessions } from "../ports.ts";
import { liveSessionEnded, liveSessionNotFound, type Refusal } from "../refusal.ts";

/** Takes the pinned product off the subject's own live session. Refuses LIVE_SESSION_NOT_FOUND, LIVE_SESSION_ENDED. */
export async function unpinProduct(
  ports: { readonly creators: Creators; readonly liveSessions: LiveSessions },
  request: { readonly subject: string; readonly liveSessionId: string; readonly now: Date },
): Promise<Result<LiveSession, Refusal<"LIVE_SESSION_NOT_FOUND" | "LIVE_SESSION_ENDED">>> {
  const own = await findOwnLiveSession(ports, request);
  if (own === null) return liveSessionNotFound();
  const session = await ports.liveSessions.unpin(own.id, request.now);
  return session === null ? liveSessionEnded() : success(session);
}
