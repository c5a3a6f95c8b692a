import type { ReviewReads } from "../domain/review.ts";
import { loadPagesByParent } from "./page-by-parent.ts";

/** Pages of products' reviews. */
export function createReviewPageByProduct(reads: ReviewReads) {
  return loadPagesByParent(reads.reviewPagesByProducts);
}
