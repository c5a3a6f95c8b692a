import type { ReviewReads } from "../domain/review.ts";
import { loadByKey } from "./batch.ts";

/** Ratings by product; null for a product without a review. */
export function createRatingByProduct(reads: ReviewReads) {
  return loadByKey(reads.ratingsByProducts, (rating) => rating.productId);
}
