import { refused } from "../../../platform/values/result.ts";

/** Why a request was refused; `RefusalCode` of the schema. */
export type RefusalCode =
  | "INVALID_INPUT"
  | "VIDEO_NOT_FOUND"
  | "CREATOR_NOT_FOUND"
  | "LIVE_SESSION_NOT_FOUND"
  | "LIVE_SESSION_ENDED"
  | "CREATOR_PROFILE_REQUIRED"
  | "HANDLE_UNAVAILABLE"
  | "IDEMPOTENCY_CONFLICT";

/** A refusal: nothing was changed. `field` names the input it is about, as `input.title`. */
export interface Refusal<Code extends RefusalCode> {
  readonly code: Code;
  readonly field: string | null;
  /** A sentence for the person who reads it. */
  readonly message: string;
}

/** A result that holds a refusal. */
export interface Refused<Code extends RefusalCode> {
  readonly ok: false;
  readonly refusal: Refusal<Code>;
}

function refuse<Code extends RefusalCode>(code: Code, field: string | null, message: string): Refused<Code> {
  return refused({ code, field, message });
}

/** An input value is outside its bounds; `message` says what would be accepted. */
export function invalidInput(field: string, message: string): Refused<"INVALID_INPUT"> {
  return refuse("INVALID_INPUT", field, message);
}

/** The video of `input.videoId` does not exist. */
export function videoNotFound(): Refused<"VIDEO_NOT_FOUND"> {
  return refuse("VIDEO_NOT_FOUND", "input.videoId", "this video does not exist");
}

/** The creator of `input.creatorId` does not exist. */
export function creatorNotFound(): Refused<"CREATOR_NOT_FOUND"> {
  return refuse("CREATOR_NOT_FOUND", "input.creatorId", "this creator does not exist");
}

/** The session of `input.liveSessionId` does not exist or is somebody else's: callers cannot tell which. */
export function liveSessionNotFound(): Refused<"LIVE_SESSION_NOT_FOUND"> {
  return refuse(
    "LIVE_SESSION_NOT_FOUND",
    "input.liveSessionId",
    "there is no such live session for you to do this with",
  );
}

/** The session of `input.liveSessionId` is over. */
export function liveSessionEnded(): Refused<"LIVE_SESSION_ENDED"> {
  return refuse("LIVE_SESSION_ENDED", "input.liveSessionId", "this live session is over");
}

/** The viewer has no creator profile. */
export function creatorProfileRequired(): Refused<"CREATOR_PROFILE_REQUIRED"> {
  return refuse("CREATOR_PROFILE_REQUIRED", null, "open a creator profile with registerCreator first");
}

/** Somebody else has the handle, or the viewer has another. */
export function handleUnavailable(message: string): Refused<"HANDLE_UNAVAILABLE"> {
  return refuse("HANDLE_UNAVAILABLE", "input.handle", message);
}

/** The idempotency key was used with other input. */
export function idempotencyConflict(): Refused<"IDEMPOTENCY_CONFLICT"> {
  return refuse("IDEMPOTENCY_CONFLICT", "input.idempotencyKey", "this key was used with other input; take a new one");
}
