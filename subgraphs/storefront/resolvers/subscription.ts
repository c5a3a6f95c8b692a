import { operationalError } from "../../../platform/runtime/operational-error.ts";
import { isUuid } from "../../../platform/values/ids.ts";
import type { RequestContext } from "../context.ts";
import type { LiveSessionState } from "../domain/live-session.ts";
import type { SubscriptionResolvers } from "../generated/resolver-types.ts";

/** Entry points for watching; open to every caller the gateway vouches for. */
export const subscription: SubscriptionResolvers = {
  liveSessionUpdated: {
    subscribe: async (_, { liveSessionId }, { caller, ports, sharedStream }: RequestContext) => {
      if (!isUuid(liveSessionId)) throw operationalError("NOT_FOUND", "there is nothing with this id");
      return (await ports.live.liveSession(liveSessionId, caller.subject, sharedStream)) as AsyncIterable<never>;
    },
    // What was read with the session is not read again, and so is of the same moment.
    resolve: ({ session, pinnedItem, viewerCount }: LiveSessionState, _: unknown, { loaders }: RequestContext) => {
      loaders.pinnedItemByLiveSession.prime(session.id, pinnedItem);
      loaders.viewerCountByLiveSession.prime(session.id, viewerCount);
      return session;
    },
  },
};
