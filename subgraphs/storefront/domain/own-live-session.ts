import { isUuid } from "../../../platform/values/ids.ts";
import type { LiveSession } from "./live-session.ts";
import type { Creators, LiveSessions } from "./ports.ts";

/** The live session of that id when it is the subject's own; null when it is another's or nobody's. */
export async function findOwnLiveSession(
  ports: { readonly creators: Creators; readonly liveSessions: LiveSessions },
  request: { readonly subject: string; readonly liveSessionId: string },
): Promise<LiveSession | null> {
  if (!isUuid(request.liveSessionId)) return null;
  const session = await ports.liveSessions.find(request.liveSessionId);
  const creator = session === null ? null : await ports.creators.bySubject(request.subject);
  return session !== null && creator?.id === session.creatorId ? session : null;
}
