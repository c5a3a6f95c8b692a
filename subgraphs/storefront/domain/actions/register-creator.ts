import type { NewId } from "../../../../platform/values/ids.ts";
import { type Result, success } from "../../../../platform/values/result.ts";
import { readText } from "../bounds.ts";
import { type Creator, defaultAvatarUrl, isHandle } from "../creator.ts";
import type { Creators } from "../ports.ts";
import { handleUnavailable, invalidInput, type Refusal } from "../refusal.ts";
import { viewerOf } from "../viewer.ts";

/**
 * Opens a subject's creator profile; the same handle again answers the profile there is.
 * Refuses INVALID_INPUT, and HANDLE_UNAVAILABLE when the handle is somebody else's or the subject has another.
 */
export async function registerCreator(
  ports: { readonly creators: Creators; readonly newId: NewId },
  request: {
    readonly subject: string;
    readonly handle: string;
    readonly displayName: string;
    readonly bio: string;
    readonly now: Date;
  },
): Promise<Result<Creator, Refusal<"INVALID_INPUT" | "HANDLE_UNAVAILABLE">>> {
  const { handle, subject } = request;
  if (!isHandle(handle)) return invalidInput("input.handle", "must be 3 to 30 of a-z 0-9 . _");
  const displayName = readText(request.displayName, "input.displayName", { least: 1, most: 60 });
  if (!displayName.ok) return displayName;
  const bio = readText(request.bio, "input.bio", { least: 0, most: 300 });
  if (!bio.ok) return bio;
  const own = await ports.creators.register({
    id: ports.newId(),
    owner: viewerOf(subject),
    handle,
    displayName: displayName.value,
    bio: bio.value,
    avatarUrl: defaultAvatarUrl,
    joinedAt: request.now,
  });
  if (own === null) return handleUnavailable("somebody else has this handle; choose another");
  if (own.handle !== handle) return handleUnavailable(`you already have the handle ${own.handle}`);
  return success(own);
}
