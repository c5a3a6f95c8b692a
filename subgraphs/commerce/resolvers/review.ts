import type { RequestContext } from "../context.ts";
import { postReview } from "../domain/actions/post-review.ts";
import { averageTenths } from "../domain/review.ts";
import type { MutationResolvers, RatingResolvers, ReviewResolvers } from "../generated/resolver-types.ts";
import { loadExisting } from "../loaders/batch.ts";
import { buyerOf } from "./callers.ts";
import {
  toIdempotencyConflict,
  toInvalidInput,
  toOrderLineNotFound,
  toOrderNotDelivered,
  toReviewExists,
} from "./refusals.ts";

/** Fields of `Review`: nothing here knows its buyer. */
export const reviewResolvers: ReviewResolvers = {
  authorName: ({ displayName }) => displayName,
  selectedOptions: ({ selectedOptions }) => [...selectedOptions],
};

/** Fields of `Rating`. */
export const ratingResolvers: RatingResolvers = {
  averageTenths: (rating) => averageTenths(rating),
};

function reviewOf({ loaders }: RequestContext, orderLineId: string) {
  return loadExisting(loaders.reviewByLine, orderLineId, "review of the order line");
}

/** `Mutation.postReview`. */
export const postReviewField: MutationResolvers["postReview"] = async (_parent, { input }, context) => {
  const request = { ...input, authorName: input.authorName ?? null, isNameMasked: input.isNameMasked ?? true };
  const result = await postReview(context.commerce.reviewing, buyerOf(context), request);
  if (result.ok) {
    const review = await reviewOf(context, result.value);
    const product = await loadExisting(context.loaders.productById, review.productId, "product");
    return { __typename: "PostReviewSuccess", review, product };
  }
  switch (result.refusal.kind) {
    case "OrderLineNotFound":
      return toOrderLineNotFound();
    case "OrderNotDelivered":
      return toOrderNotDelivered(result.refusal);
    case "ReviewExists":
      return toReviewExists(await reviewOf(context, result.refusal.orderLineId));
    case "InvalidInput":
      return toInvalidInput(result.refusal);
    case "IdempotencyConflict":
      return toIdempotencyConflict();
  }
};
