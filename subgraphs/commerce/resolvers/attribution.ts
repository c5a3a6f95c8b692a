import type { AttributionResolvers } from "../generated/resolver-types.ts";

/** Fields of `Attribution`: references by id alone, which the content organisation resolves. */
export const attributionResolvers: AttributionResolvers = {
  creator: ({ creatorId }) => ({ __typename: "Creator", id: creatorId }),
  video: ({ videoId }) => (videoId === null ? null : { __typename: "Video", id: videoId }),
  liveSession: ({ liveSessionId }) =>
    liveSessionId === null ? null : { __typename: "LiveSession", id: liveSessionId },
};
