import { toConnection } from "../../../platform/values/page.ts";
import type { LikeVideoSuccessResolvers, VideoResolvers } from "../generated/resolver-types.ts";
import { readChronologicalPage, readFeed } from "./pages.ts";
import { loadExisting, loadReference } from "./reference.ts";

/** A video's fields that are not on its row. */
export const video: VideoResolvers = {
  __resolveReference: (reference, { loaders }) => loadReference(reference, loaders.videoById),
  creator: ({ creatorId }, _, { loaders }) => loadExisting(loaders.creatorById, creatorId),
  isLikedByViewer: ({ id }, _, { loaders }) => loaders.likeByVideo.load(id),
  soldCount: ({ id }, _, { loaders }) => loaders.soldCountByContent.load(id),
  comments: async ({ id }, args, { loaders }) =>
    toConnection(await loaders.commentsByVideo.load({ parentId: id, request: readChronologicalPage(args) })),
  showcase: async ({ id }, _, { loaders }) => [...(await loaders.showcaseByVideo.load(id))],
};

/** What a viewer is shown after a like: the feed, read after it. */
export const likeVideoSuccess: LikeVideoSuccessResolvers = {
  feed: (_, args, context) => readFeed(args, context),
};
