import type { ReviewReads } from "../domain/review.ts";
import { loadByKey } from "./batch.ts";

/** Reviews of the buyer's order lines; null for a line without one. */
export function createReviewByLine(reads: ReviewReads, buyerId: string) {
  return loadByKey(
    (orderLineIds) => reads.reviewsByLines(buyerId, orderLineIds),
    (review) => review.orderLineId,
  );
}
