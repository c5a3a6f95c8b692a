import type { Database } from "../../../platform/runtime/database.ts";
import { PrismaClient } from "../../../prisma/storefront/client/client.ts";
import type {
  Comments,
  Creators,
  Engagement,
  LiveSessions,
  LiveViewers,
  Showcases,
  Standings,
  ToldEvents,
  Videos,
} from "../domain/ports.ts";
import { createComments } from "./comments.ts";
import { createCreators } from "./creators.ts";
import { createEngagement } from "./engagement.ts";
import { createLiveViewers } from "./live/live-viewers.ts";
import { createLiveSessions } from "./live-sessions.ts";
import { createShowcases } from "./showcases.ts";
import { createStandings } from "./standings.ts";
import { createToldEvents } from "./told-events.ts";
import { createVideos } from "./videos.ts";

/** Everything the storefront keeps, in PostgreSQL. */
export interface Store {
  readonly comments: Comments;
  readonly creators: Creators;
  readonly engagement: Engagement;
  readonly liveSessions: LiveSessions;
  readonly liveViewers: LiveViewers;
  readonly showcases: Showcases;
  readonly standings: Standings;
  readonly toldEvents: ToldEvents;
  readonly videos: Videos;
  /** Ends Prisma's client; the database is closed by who opened it. */
  readonly close: () => Promise<void>;
}

/** Puts the store on a database. A transaction waits at most 5 s for a connection and lasts at most 10 s. */
export function createStore(database: Database): Store {
  const prisma = new PrismaClient({
    adapter: database.adapter,
    transactionOptions: { maxWait: 5_000, timeout: 10_000 },
  });
  return {
    comments: createComments(prisma, database.pool),
    creators: createCreators(prisma),
    engagement: createEngagement(prisma, database.pool),
    liveSessions: createLiveSessions(prisma, database.pool),
    liveViewers: createLiveViewers(database.pool),
    showcases: createShowcases(database.pool),
    standings: createStandings(database.pool),
    toldEvents: createToldEvents(database.pool),
    videos: createVideos(prisma, database.pool),
    close: () => prisma.$disconnect(),
  };
}
