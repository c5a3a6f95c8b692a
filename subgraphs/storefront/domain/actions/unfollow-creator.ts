import { isUuid } from "../../../../platform/values/ids.ts";
import { type Result, success } from "../../../../platform/values/result.ts";
import type { Creator } from "../creator.ts";
import type { Creators, Engagement } from "../ports.ts";
import { creatorNotFound, type Refusal } from "../refusal.ts";
import { viewerOf } from "../viewer.ts";

/** Stops a subject's following a creator; without a follow it changes nothing. Refuses CREATOR_NOT_FOUND. */
export async function unfollowCreator(
  ports: { readonly creators: Creators; readonly engagement: Engagement },
  request: { readonly subject: string; readonly creatorId: string },
): Promise<Result<Creator, Refusal<"CREATOR_NOT_FOUND">>> {
  const { creatorId } = request;
  if (!isUuid(creatorId) || (await ports.creators.find(creatorId)) === null) return creatorNotFound();
  return success(await ports.engagement.unfollow(viewerOf(request.subject), creatorId));
}
