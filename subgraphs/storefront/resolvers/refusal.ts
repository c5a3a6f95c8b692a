import type { Refusal, RefusalCode } from "../domain/refusal.ts";

const typeNames = {
  INVALID_INPUT: "InvalidInput",
  VIDEO_NOT_FOUND: "VideoNotFound",
  CREATOR_NOT_FOUND: "CreatorNotFound",
  LIVE_SESSION_NOT_FOUND: "LiveSessionNotFound",
  LIVE_SESSION_ENDED: "LiveSessionEnded",
  CREATOR_PROFILE_REQUIRED: "CreatorProfileRequired",
  HANDLE_UNAVAILABLE: "HandleUnavailable",
  IDEMPOTENCY_CONFLICT: "IdempotencyConflict",
} as const satisfies Record<RefusalCode, string>;

/** A refusal as the member of a payload union that carries its code. */
export type RefusalMember<Code extends RefusalCode> = {
  [Each in Code]: Refusal<Each> & { readonly __typename: (typeof typeNames)[Each] };
}[Code];

/** Renders a refusal of the domain as the type that the schema has for its code. */
export function toRefusalMember<Code extends RefusalCode>(refusal: Refusal<Code>): RefusalMember<Code> {
  return { __typename: typeNames[refusal.code], ...refusal } as RefusalMember<Code>;
}
