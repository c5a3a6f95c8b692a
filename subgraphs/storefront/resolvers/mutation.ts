import { requireScope } from "../../../platform/runtime/organisation-token.ts";
import type { Result } from "../../../platform/values/result.ts";
import type { RequestContext } from "../context.ts";
import { addComment } from "../domain/actions/add-comment.ts";
import { endLiveSession } from "../domain/actions/end-live-session.ts";
import { followCreator } from "../domain/actions/follow-creator.ts";
import { likeLiveSession } from "../domain/actions/like-live-session.ts";
import { likeVideo } from "../domain/actions/like-video.ts";
import { pinProduct } from "../domain/actions/pin-product.ts";
import { publishVideo } from "../domain/actions/publish-video.ts";
import { recordView } from "../domain/actions/record-view.ts";
import { registerCreator } from "../domain/actions/register-creator.ts";
import { startLiveSession } from "../domain/actions/start-live-session.ts";
import { unfollowCreator } from "../domain/actions/unfollow-creator.ts";
import { unlikeLiveSession } from "../domain/actions/unlike-live-session.ts";
import { unlikeVideo } from "../domain/actions/unlike-video.ts";
import { unpinProduct } from "../domain/actions/unpin-product.ts";
import type { Refusal, RefusalCode } from "../domain/refusal.ts";
import type { MutationResolvers } from "../generated/resolver-types.ts";
import { forgetLoaded } from "../loaders/loaders.ts";
import { type RefusalMember, toRefusalMember } from "./refusal.ts";

interface Actor {
  readonly subject: string;
  readonly now: Date;
}

/**
 * Runs one domain action for the signed-in caller and renders what came of it as a member of the payload union.
 * @throws UNAUTHENTICATED or FORBIDDEN when the caller may not.
 */
async function act<Value, Code extends RefusalCode, Success>(
  context: RequestContext,
  scope: "storefront:engage" | "storefront:publish",
  action: (actor: Actor) => Promise<Result<Value, Refusal<Code>>>,
  toSuccess: (value: Value) => Success,
): Promise<Success | RefusalMember<Code>> {
  const subject = requireScope(context.caller, scope);
  const result = await action({ subject, now: context.ports.clock() });
  forgetLoaded(context.loaders);
  return result.ok ? toSuccess(result.value) : toRefusalMember(result.refusal);
}

const engage = "storefront:engage";
const publish = "storefront:publish";

/** Entry points for writing: who may, one domain action, its result. */
export const mutation: MutationResolvers = {
  likeVideo: (_, { input }, context) =>
    act(
      context,
      engage,
      (actor) => likeVideo(context.ports, { ...actor, ...input }),
      (liked) => ({ __typename: "LikeVideoSuccess" as const, ...liked }),
    ),
  unlikeVideo: (_, { input }, context) =>
    act(
      context,
      engage,
      (actor) => unlikeVideo(context.ports, { ...actor, ...input }),
      (video) => ({ __typename: "UnlikeVideoSuccess" as const, video }),
    ),
  followCreator: (_, { input }, context) =>
    act(
      context,
      engage,
      (actor) => followCreator(context.ports, { ...actor, ...input }),
      (creator) => ({ __typename: "FollowCreatorSuccess" as const, creator }),
    ),
  unfollowCreator: (_, { input }, context) =>
    act(
      context,
      engage,
      (actor) => unfollowCreator(context.ports, { ...actor, ...input }),
      (creator) => ({ __typename: "UnfollowCreatorSuccess" as const, creator }),
    ),
  addComment: (_, { input }, context) =>
    act(
      context,
      engage,
      (actor) => addComment(context.ports, { ...actor, ...input }),
      (commented) => ({ __typename: "AddCommentSuccess" as const, ...commented }),
    ),
  recordView: (_, { input }, context) =>
    act(
      context,
      engage,
      (actor) => recordView(context.ports, { ...actor, ...input }),
      (video) => ({ __typename: "RecordViewSuccess" as const, video }),
    ),
  registerCreator: (_, { input }, context) =>
    act(
      context,
      engage,
      (actor) => registerCreator(context.ports, { ...actor, ...input }),
      (creator) => ({ __typename: "RegisterCreatorSuccess" as const, creator }),
    ),
  publishVideo: (_, { input: { idempotencyKey, ...draft } }, context) =>
    act(
      context,
      publish,
      (actor) => publishVideo(context.ports, { ...actor, draft, idempotencyKey }),
      (video) => ({ __typename: "PublishVideoSuccess" as const, video }),
    ),
  startLiveSession: (_, { input }, context) =>
    act(
      context,
      publish,
      (actor) => startLiveSession(context.ports, { ...actor, ...input }),
      (liveSession) => ({ __typename: "StartLiveSessionSuccess" as const, liveSession }),
    ),
  endLiveSession: (_, { input }, context) =>
    act(
      context,
      publish,
      (actor) => endLiveSession(context.ports, { ...actor, ...input }),
      (liveSession) => ({ __typename: "EndLiveSessionSuccess" as const, liveSession }),
    ),
  likeLiveSession: (_, { input }, context) =>
    act(
      context,
      engage,
      (actor) => likeLiveSession(context.ports, { ...actor, ...input }),
      (liveSession) => ({ __typename: "LikeLiveSessionSuccess" as const, liveSession }),
    ),
  unlikeLiveSession: (_, { input }, context) =>
    act(
      context,
      engage,
      (actor) => unlikeLiveSession(context.ports, { ...actor, ...input }),
      (liveSession) => ({ __typename: "UnlikeLiveSessionSuccess" as const, liveSession }),
    ),
  pinProduct: (_, { input }, context) =>
    act(
      context,
      publish,
      (actor) => pinProduct(context.ports, { ...actor, ...input }),
      (liveSession) => ({ __typename: "PinProductSuccess" as const, liveSession }),
    ),
  unpinProduct: (_, { input }, context) =>
    act(
      context,
      publish,
      (actor) => unpinProduct(context.ports, { ...actor, ...input }),
      (liveSession) => ({ __typename: "UnpinProductSuccess" as const, liveSession }),
    ),
};
