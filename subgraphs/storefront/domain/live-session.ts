import type { ShowcaseItem } from "./showcase-item.ts";

/** A creator's live broadcast; on air until `endedAt` is set. */
export interface LiveSession {
  readonly id: string;
  readonly creatorId: string;
  readonly title: string;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  readonly likeCount: number;
}

/** What a stream of a live session shows, all of one moment. */
export interface LiveSessionState {
  readonly session: LiveSession;
  readonly pinnedItem: ShowcaseItem | null;
  /** Another text whenever the owner of the pinned product told of its price or availability: then it is asked anew. */
  readonly pinnedNews: string;
  /** How many watch; 0 once it is over. */
  readonly viewerCount: number;
}
