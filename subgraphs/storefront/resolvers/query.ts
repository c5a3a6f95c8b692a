import { toConnection } from "../../../platform/values/page.ts";
import { isHandle } from "../domain/creator.ts";
import type { QueryResolvers } from "../generated/resolver-types.ts";
import { readChronologicalPage, readFeed } from "./pages.ts";

/** Entry points for reading; open to every caller the gateway vouches for. */
export const query: QueryResolvers = {
  feed: (_, args, context) => readFeed(args, context),
  video: (_, { id }, { loaders }) => loaders.videoById.load(id),
  creator: (_, { handle }, { ports }) => (isHandle(handle) ? ports.creators.byHandle(handle) : null),
  liveSessions: async (_, args, { ports }) => toConnection(await ports.liveSessions.onAir(readChronologicalPage(args))),
  liveSession: (_, { id }, { loaders }) => loaders.liveSessionById.load(id),
};
