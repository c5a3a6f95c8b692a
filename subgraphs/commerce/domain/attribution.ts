/** A verified click on content that led to a line: opaque ids of the content organisation, and nothing of the viewer. */
export interface Attribution {
  readonly creatorId: string;
  /** The video that was clicked; null when it was a live session. */
  readonly videoId: string | null;
  /** The live session that was clicked; null when it was a video. */
  readonly liveSessionId: string | null;
  /** The product that the content showed. */
  readonly productId: string;
  /** When the click's token was issued. */
  readonly clickedAt: Date;
}

/** The attribution, when it was for this product; a token for another product attributes nothing. */
export function attributionFor(productId: string, attribution: Attribution | null): Attribution | null {
  return attribution !== null && attribution.productId === productId ? attribution : null;
}
