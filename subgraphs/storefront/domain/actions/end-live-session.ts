import { type Result, success } from "../../../../platform/values/result.ts";
import type { LiveSession } from "../live-session.ts";
import { findOwnLiveSession } from "../own-live-session.ts";
import type { Creators, LiveSessions } from "../ports.ts";
import { liveSessionNotFound, type Refusal } from "../refusal.ts";

/** Ends the subject's own live session and takes its pin off; an ended one stays as it is. Refuses LIVE_SESSION_NOT_FOUND. */
export async function endLiveSession(
  ports: { readonly creators: Creators; readonly liveSessions: LiveSessions },
  request: { readonly subject: string; readonly liveSessionId: string; readonly now: Date },
): Promise<Result<LiveSession, Refusal<"LIVE_SESSION_NOT_FOUND">>> {
  const session = await findOwnLiveSession(ports, request);
  if (session === null) return liveSessionNotFound();
  return success(await ports.liveSessions.end(session.id, request.now));
}
