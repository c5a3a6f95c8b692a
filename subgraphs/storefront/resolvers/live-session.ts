import type { LiveSessionResolvers } from "../generated/resolver-types.ts";
import { loadExisting, loadReference } from "./reference.ts";

/** A live session's fields that are not on its row. */
export const liveSession: LiveSessionResolvers = {
  __resolveReference: (reference, { loaders }) => loadReference(reference, loaders.liveSessionById),
  creator: ({ creatorId }, _, { loaders }) => loadExisting(loaders.creatorById, creatorId),
  status: ({ endedAt }) => (endedAt === null ? "LIVE" : "ENDED"),
  soldCount: ({ id }, _, { loaders }) => loaders.soldCountByContent.load(id),
  pinnedItem: ({ id }, _, { loaders }) => loaders.pinnedItemByLiveSession.load(id),
  viewerCount: ({ id }, _, { loaders }) => loaders.viewerCountByLiveSession.load(id),
  isLikedByViewer: ({ id }, _, { loaders }) => loaders.likeByLiveSession.load(id),
};
