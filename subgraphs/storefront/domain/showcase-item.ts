/** What shows a product: a published video or a live session. */
export type ContentKind = "video" | "live";

/** A product as a creator shows it. The product itself is another organisation's: here it is an opaque id. */
export interface ShowcaseItem {
  readonly id: string;
  /** From 0, in the creator's order; a pinned product stands alone at 0. */
  readonly position: number;
  readonly productId: string;
  readonly contentId: string;
  readonly contentKind: ContentKind;
  readonly creatorId: string;
}

/** Most products a video shows. */
export const mostShowcaseItems = 20;
