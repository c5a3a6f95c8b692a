import { dateTimeScalar, urlScalar } from "../../../platform/runtime/scalars.ts";
import type { Resolvers } from "../generated/resolver-types.ts";
import { creator } from "./creator.ts";
import { liveSession } from "./live-session.ts";
import { mutation } from "./mutation.ts";
import { query } from "./query.ts";
import { showcaseItem } from "./showcase-item.ts";
import { subscription } from "./subscription.ts";
import { likeVideoSuccess, video } from "./video.ts";

/** The storefront's resolver map; fields that are not in it are properties of their domain noun. */
export const resolvers: Resolvers = {
  Query: query,
  Mutation: mutation,
  Subscription: subscription,
  Creator: creator,
  Video: video,
  LikeVideoSuccess: likeVideoSuccess,
  LiveSession: liveSession,
  ShowcaseItem: showcaseItem,
  DateTime: dateTimeScalar,
  Url: urlScalar,
};
