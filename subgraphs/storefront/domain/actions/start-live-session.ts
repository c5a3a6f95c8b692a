import type { NewId } from "../../../../platform/values/ids.ts";
import { type Result, success } from "../../../../platform/values/result.ts";
import { readText } from "../bounds.ts";
import type { LiveSession } from "../live-session.ts";
import type { Creators, LiveSessions } from "../ports.ts";
import { creatorProfileRequired, type Refusal } from "../refusal.ts";

/** Puts the subject's creator on air; who is on air already keeps that session. Refuses INVALID_INPUT, CREATOR_PROFILE_REQUIRED. */
export async function startLiveSession(
  ports: { readonly creators: Creators; readonly liveSessions: LiveSessions; readonly newId: NewId },
  request: { readonly subject: string; readonly title: string; readonly now: Date },
): Promise<Result<LiveSession, Refusal<"INVALID_INPUT" | "CREATOR_PROFILE_REQUIRED">>> {
  const title = readText(request.title, "input.title", { least: 1, most: 120 });
  if (!title.ok) return title;
  const creator = await ports.creators.bySubject(request.subject);
  if (creator === null) return creatorProfileRequired();
  return success(
    await ports.liveSessions.start({
      id: ports.newId(),
      creatorId: creator.id,
      title: title.value,
      startedAt: request.now,
    }),
  );
}
