/** What is known here of a product, by what its owner told; kept so that it can be shown when the owner does not answer. */
export interface ProductStanding {
  readonly productId: string;
  /** Pieces sold, here and elsewhere. */
  readonly soldCount: number;
  /** Null while it was not told. */
  readonly isAvailable: boolean | null;
  /** When it last became cheaper; null when it never did, or became dearer since. */
  readonly reducedAt: Date | null;
  readonly reviewCount: number;
  /** Sum of the stars of all reviews. */
  readonly ratingSum: number;
}

/** The average of the stars in tenths, rounded half up: 43 is 4.3. Null without a review. */
export function averageTenths({ reviewCount, ratingSum }: ProductStanding): number | null {
  return reviewCount === 0 ? null : Math.floor((20 * ratingSum + reviewCount) / (2 * reviewCount));
}
