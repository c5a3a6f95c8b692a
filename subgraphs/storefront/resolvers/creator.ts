import { toConnection } from "../../../platform/values/page.ts";
import type { CreatorResolvers } from "../generated/resolver-types.ts";
import { readChronologicalPage } from "./pages.ts";
import { loadReference } from "./reference.ts";

/** A creator's fields that are not on its row. */
export const creator: CreatorResolvers = {
  __resolveReference: (reference, { loaders }) => loadReference(reference, loaders.creatorById),
  isFollowedByViewer: ({ id }, _, { loaders }) => loaders.followByCreator.load(id),
  videos: async ({ id }, args, { loaders }) =>
    toConnection(await loaders.videosByCreator.load({ parentId: id, request: readChronologicalPage(args) })),
  liveSession: ({ id }, _, { loaders }) => loaders.liveSessionByCreator.load(id),
  soldCount: ({ id }, _, { loaders }) => loaders.soldCountByContent.load(id),
};
