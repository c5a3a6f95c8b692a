import { isUuid } from "../../../../platform/values/ids.ts";
import { type Result, success } from "../../../../platform/values/result.ts";
import type { Creator } from "../creator.ts";
import type { Creators, Engagement } from "../ports.ts";
import { creatorNotFound, type Refusal } from "../refusal.ts";
import { viewerOf } from "../viewer.ts";

/** Follows a creator for a subject; a second follow changes nothing. Refuses CREATOR_NOT_FOUND. */
export async function followCreator(
  ports: { readonly creators: Creators; readonly engagement: Engagement },
  request: { readonly subject: string; readonly creatorId: string; readonly now: Date },
): Promise<Result<Creator, Refusal<"CREATOR_NOT_FOUND">>> {
  const { creatorId } = request;
  if (!isUuid(creatorId) || (await ports.creators.find(creatorId)) === null) return creatorNotFound();
  return success(await ports.engagement.follow(viewerOf(request.subject), creatorId, request.now));
}
