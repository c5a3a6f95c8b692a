import type { Page, PageRequest } from "../../../platform/values/page.ts";
import type { AttributionStatement } from "./attribution.ts";
import type { Comment } from "./comment.ts";
import type { Creator } from "./creator.ts";
import type { LiveSession, LiveSessionState } from "./live-session.ts";
import type { ProductStanding } from "./product-standing.ts";
import type { ShowcaseItem } from "./showcase-item.ts";
import type { Reception, ToldEvent } from "./told-event.ts";
import type { Video } from "./video.ts";
import type { Viewer } from "./viewer.ts";

/** A client's claim that a request is to be done once. `request` is what makes it this request: plain JSON, in order. */
export interface KeyClaim {
  readonly viewer: Viewer;
  readonly operation: "addComment" | "publishVideo";
  readonly key: string;
  readonly request: readonly unknown[];
}

/** What became of a claimed request: its value, now or from the first time, or a conflict with an earlier request. */
export type Once<Value> = { readonly kind: "done"; readonly value: Value } | { readonly kind: "conflict" };

/** A video to be published with the products it shows, in order; each item has its id. */
export interface NewVideo extends Omit<Video, "likeCount" | "viewCount" | "commentCount"> {
  readonly showcase: readonly { readonly id: string; readonly productId: string }[];
}

/** Keeps videos. Ids given to it are UUIDs; unknown ones are left out of answers. */
export interface Videos {
  readonly find: (id: string) => Promise<Video | null>;
  readonly byIds: (ids: readonly string[]) => Promise<readonly Video[]>;
  /** Newest first. */
  readonly feed: (request: PageRequest) => Promise<Page<Video>>;
  /** For each creator a page of its videos, newest first; one statement however many creators. */
  readonly ofCreators: (
    creatorIds: readonly string[],
    request: PageRequest,
  ) => Promise<ReadonlyMap<string, Page<Video>>>;
  /** Writes the video and its showcase in one transaction with the claim. */
  readonly publish: (video: NewVideo, claim: KeyClaim) => Promise<Once<Video>>;
}

/** Keeps which products are shown where. */
export interface Showcases {
  /** For each video its items in order; one statement. */
  readonly ofVideos: (videoIds: readonly string[]) => Promise<ReadonlyMap<string, readonly ShowcaseItem[]>>;
  /** For each live session the item pinned now; one statement. */
  readonly pinnedTo: (liveSessionIds: readonly string[]) => Promise<ReadonlyMap<string, ShowcaseItem>>;
}

/** A comment to be added. */
export interface NewComment {
  readonly id: string;
  readonly videoId: string;
  readonly text: string;
  readonly createdAt: Date;
}

/** Keeps comments. */
export interface Comments {
  /** For each video a page of its comments, newest first; one statement. */
  readonly ofVideos: (videoIds: readonly string[], request: PageRequest) => Promise<ReadonlyMap<string, Page<Comment>>>;
  /** Writes the comment by the claim's viewer and counts it, in one transaction with the claim. */
  readonly add: (comment: NewComment, claim: KeyClaim) => Promise<Once<Comment>>;
}

/** A creator profile to be opened. */
export interface NewCreator extends Omit<Creator, "followerCount"> {
  readonly owner: Viewer;
}

/** Keeps creators. */
export interface Creators {
  readonly find: (id: string) => Promise<Creator | null>;
  readonly byIds: (ids: readonly string[]) => Promise<readonly Creator[]>;
  readonly byHandle: (handle: string) => Promise<Creator | null>;
  /** The viewer's own profile. */
  readonly bySubject: (subject: string) => Promise<Creator | null>;
  /** Opens a profile unless the owner has one or the handle is taken. Answers the owner's profile; null without one. */
  readonly register: (creator: NewCreator) => Promise<Creator | null>;
}

/** Keeps likes, views and follows with their counts. Doing or undoing twice changes nothing the second time. */
export interface Engagement {
  /** Answers the video with its counts; the video exists. */
  readonly like: (viewer: Viewer, videoId: string, at: Date) => Promise<Video>;
  readonly unlike: (viewer: Viewer, videoId: string) => Promise<Video>;
  readonly view: (viewer: Viewer, videoId: string, day: Date, at: Date) => Promise<Video>;
  /** Answers the creator with its count; the creator exists. */
  readonly follow: (viewer: Viewer, creatorId: string, at: Date) => Promise<Creator>;
  readonly unfollow: (viewer: Viewer, creatorId: string) => Promise<Creator>;
  /** Answers the session with its count; null when it is not on air. */
  readonly likeLiveSession: (viewer: Viewer, liveSessionId: string, at: Date) => Promise<LiveSession | null>;
  /** Answers the session with its count; it exists. */
  readonly unlikeLiveSession: (viewer: Viewer, liveSessionId: string) => Promise<LiveSession>;
  /** Which of the live sessions the subject likes. */
  readonly likedLiveSessionsAmong: (subject: string, liveSessionIds: readonly string[]) => Promise<ReadonlySet<string>>;
  /** Which of the videos the subject likes. */
  readonly likedAmong: (subject: string, videoIds: readonly string[]) => Promise<ReadonlySet<string>>;
  /** Which of the creators the subject follows. */
  readonly followedAmong: (subject: string, creatorIds: readonly string[]) => Promise<ReadonlySet<string>>;
}

/** A product to be pinned. */
export interface NewPin {
  readonly id: string;
  readonly liveSessionId: string;
  readonly productId: string;
  readonly pinnedAt: Date;
}

/** Keeps live sessions and what they pin. */
export interface LiveSessions {
  readonly find: (id: string) => Promise<LiveSession | null>;
  readonly byIds: (ids: readonly string[]) => Promise<readonly LiveSession[]>;
  /** On air, most recently started first. */
  readonly onAir: (request: PageRequest) => Promise<Page<LiveSession>>;
  /** For each creator the session on air. */
  readonly onAirOf: (creatorIds: readonly string[]) => Promise<ReadonlyMap<string, LiveSession>>;
  /** Starts a session unless its creator is on air; answers the one on air. */
  readonly start: (session: Omit<LiveSession, "endedAt" | "likeCount">) => Promise<LiveSession>;
  /** Ends the session and unpins; answers it. It exists. */
  readonly end: (id: string, at: Date) => Promise<LiveSession>;
  /** Pins in place of what is pinned; the same product again keeps its pin. Null when the session is over. */
  readonly pin: (pin: NewPin) => Promise<LiveSession | null>;
  /** Null when the session is over. */
  readonly unpin: (liveSessionId: string, at: Date) => Promise<LiveSession | null>;
}

/** Keeps who watches a live session. Counts are those of all processes. */
export interface LiveViewers {
  /** For each live session how many watch it; ended sessions and those that nobody watches are left out. */
  readonly countOf: (liveSessionIds: readonly string[]) => Promise<ReadonlyMap<string, number>>;
}

/** States that are streamed: the present one first, then every one that differs, the last one always. */
export interface LiveStates {
  /**
   * A live session, until it is over; who has the iterator is counted as a viewer until it is given back. `subject` is null
   * for somebody not signed in; `share` says for how many of those the iterator stands. The iterator fails with NOT_FOUND
   * when there is no such session.
   */
  readonly liveSession: (
    liveSessionId: string,
    subject: string | null,
    share?: ViewerShare,
  ) => Promise<AsyncIterableIterator<LiveSessionState>>;
}

/** Viewers who are not signed in and watch through one stream; a later stream of the same id takes an earlier one's place. */
export interface ViewerShare {
  readonly id: string;
  readonly members: number;
}

/** Takes in what others tell. */
export interface ToldEvents {
  /** Applies the event in one transaction with its id, once. A later event about the same thing is not undone by it. */
  readonly apply: (event: ToldEvent, at: Date) => Promise<Exclude<Reception, "too-old">>;
  /** Forgets ids of events that are too old to be taken again; answers how many. */
  readonly forget: (now: Date) => Promise<number>;
}

/** What others told, by what it is about; one statement each. */
export interface Standings {
  /** Products of which nothing was told are left out. */
  readonly ofProducts: (productIds: readonly string[]) => Promise<ReadonlyMap<string, ProductStanding>>;
  /** Pieces sold through each creator, video or live session; those that sold none are left out. */
  readonly soldThrough: (contentIds: readonly string[]) => Promise<ReadonlyMap<string, number>>;
}

/** Signs attribution statements. */
export interface AttributionSigner {
  /** Answers a compact JWS. Source: RFC 7515. */
  readonly sign: (statement: AttributionStatement) => Promise<string>;
}
