import type DataLoader from "dataloader";
import type { Page } from "../../../platform/values/page.ts";
import type { Comment } from "../domain/comment.ts";
import type { Creator } from "../domain/creator.ts";
import type { LiveSession } from "../domain/live-session.ts";
import type {
  Comments,
  Creators,
  Engagement,
  LiveSessions,
  LiveViewers,
  Showcases,
  Standings,
  Videos,
} from "../domain/ports.ts";
import type { ProductStanding } from "../domain/product-standing.ts";
import type { ShowcaseItem } from "../domain/showcase-item.ts";
import type { Video } from "../domain/video.ts";
import { createEntityById } from "./entity-by-id.ts";
import { createPageByParent, type PageKey } from "./page-by-parent.ts";
import { createFlagByParent, createValueByParent } from "./value-by-parent.ts";

/** The batches of one request; nothing is shared between requests. */
export interface Loaders {
  readonly creatorById: DataLoader<string, Creator | null>;
  readonly videoById: DataLoader<string, Video | null>;
  readonly liveSessionById: DataLoader<string, LiveSession | null>;
  readonly liveSessionByCreator: DataLoader<string, LiveSession | null>;
  readonly showcaseByVideo: DataLoader<string, readonly ShowcaseItem[]>;
  readonly pinnedItemByLiveSession: DataLoader<string, ShowcaseItem | null>;
  readonly viewerCountByLiveSession: DataLoader<string, number>;
  /** Whether the request's caller likes the live session. */
  readonly likeByLiveSession: DataLoader<string, boolean>;
  readonly videosByCreator: DataLoader<PageKey, Page<Video>, string>;
  readonly commentsByVideo: DataLoader<PageKey, Page<Comment>, string>;
  /** Whether the request's caller likes the video. */
  readonly likeByVideo: DataLoader<string, boolean>;
  /** Whether the request's caller follows the creator. */
  readonly followByCreator: DataLoader<string, boolean>;
  /** What is known of the product; null when nothing is. */
  readonly standingByProduct: DataLoader<string, ProductStanding | null>;
  /** Pieces sold through the creator, video or live session. */
  readonly soldCountByContent: DataLoader<string, number>;
}

/** What loaders read from. */
export interface LoaderSources {
  readonly comments: Comments;
  readonly creators: Creators;
  readonly engagement: Engagement;
  readonly liveSessions: LiveSessions;
  readonly liveViewers: LiveViewers;
  readonly showcases: Showcases;
  readonly standings: Standings;
  readonly videos: Videos;
}

/** Makes the loaders of one request by a subject; null for somebody who is not signed in. */
export function createLoaders(sources: LoaderSources, subject: string | null): Loaders {
  const { comments, creators, engagement, liveSessions, liveViewers, showcases, standings, videos } = sources;
  return {
    creatorById: createEntityById(creators.byIds),
    videoById: createEntityById(videos.byIds),
    liveSessionById: createEntityById(liveSessions.byIds),
    liveSessionByCreator: createValueByParent<LiveSession | null>(liveSessions.onAirOf, null),
    showcaseByVideo: createValueByParent<readonly ShowcaseItem[]>(showcases.ofVideos, []),
    pinnedItemByLiveSession: createValueByParent<ShowcaseItem | null>(showcases.pinnedTo, null),
    viewerCountByLiveSession: createValueByParent(liveViewers.countOf, 0),
    likeByLiveSession: createFlagByParent(subject, engagement.likedLiveSessionsAmong),
    videosByCreator: createPageByParent(videos.ofCreators),
    commentsByVideo: createPageByParent(comments.ofVideos),
    likeByVideo: createFlagByParent(subject, engagement.likedAmong),
    followByCreator: createFlagByParent(subject, engagement.followedAmong),
    standingByProduct: createValueByParent<ProductStanding | null>(standings.ofProducts, null),
    soldCountByContent: createValueByParent(standings.soldThrough, 0),
  };
}

/** Forgets what was loaded. A mutation does so when it has written, so that its payload shows what it wrote. */
export function forgetLoaded(loaders: Loaders): void {
  for (const loader of Object.values(loaders) as { clearAll: () => unknown }[]) loader.clearAll();
}
