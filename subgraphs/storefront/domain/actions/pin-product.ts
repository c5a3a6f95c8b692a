import { isUuid, type NewId } from "../../../../platform/values/ids.ts";
import { type Result, success } from "../../../../platform/values/result.ts";
import type { LiveSession } from "../live-session.ts";
import { findOwnLiveSession } from "../own-live-session.ts";
import type { Creators, LiveSessions } from "../ports.ts";
import { invalidInput, liveSessionEnded, liveSessionNotFound, type Refusal } from "../refusal.ts";

/**
 * Pins a product to the subject's own live session, in place of the one pinned before.
 * Refuses INVALID_INPUT, LIVE_SESSION_NOT_FOUND, LIVE_SESSION_ENDED.
 */
export async function pinProduct(
  ports: { readonly creators: Creators; readonly liveSessions: LiveSessions; readonly newId: NewId },
  request: {
    readonly subject: string;
    readonly liveSessionId: string;
    readonly productId: string;
    readonly now: Date;
  },
): Promise<Result<LiveSession, Refusal<"INVALID_INPUT" | "LIVE_SESSION_NOT_FOUND" | "LIVE_SESSION_ENDED">>> {
  const { productId } = request;
  if (!isUuid(productId)) return invalidInput("input.productId", "must be the id of a product as its owner made it");
  const own = await findOwnLiveSession(ports, request);
  if (own === null) return liveSessionNotFound();
  const session = await ports.liveSessions.pin({
    id: ports.newId(),
    liveSessionId: own.id,
    productId,
    pinnedAt: request.now,
  });
  return session === null ? liveSessionEnded() : success(session);
}
