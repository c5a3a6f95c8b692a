import { isUuid, type NewId } from "../../../../platform/values/ids.ts";
import type { Clock } from "../../../../platform/values/instants.ts";
import { type Result, refused, success } from "../../../../platform/values/result.ts";
import type { HashRequest, IdempotencyClaim, Transaction, Transactions } from "../ports.ts";
import {
  checkIdempotencyKey,
  type IdempotencyConflict,
  type InvalidInput,
  invalidInput,
  type OrderLineNotFound,
  type OrderNotDelivered,
  type ReviewExists,
} from "../refusals.ts";
import { isShowableName, maskName, type ReviewBook } from "../review.ts";
import { announceReview } from "./announce.ts";
import { doOnce } from "./once.ts";

/** What posting reviews needs of the outside. */
export interface Reviewing {
  readonly transactions: Transactions;
  readonly reviews: ReviewBook;
  readonly newId: NewId;
  readonly clock: Clock;
  readonly hashRequest: HashRequest;
}

/** A review as a buyer wrote it. */
export interface PostReviewInput {
  readonly orderLineId: string;
  readonly stars: number;
  readonly text: string;
  readonly authorName: string | null;
  readonly isNameMasked: boolean;
  readonly idempotencyKey: string;
}

/** Why it was not posted. */
export type PostReviewRefusal =
  | InvalidInput
  | IdempotencyConflict
  | OrderLineNotFound
  | OrderNotDelivered
  | ReviewExists;

const longestText = 2_000;

function checkInput({ stars, text, authorName, idempotencyKey }: PostReviewInput): InvalidInput | null {
  if (stars < 1 || stars > 5) return invalidInput("input.stars", "1 to 5");
  if ([...text].length > longestText) return invalidInput("input.text", "at most 2,000 characters");
  if (authorName !== null && !isShowableName(authorName.trim())) {
    const expected = "at most 40 characters, neither an e-mail address nor a phone number nor a web address";
    return invalidInput("input.authorName", expected);
  }
  return checkIdempotencyKey(idempotencyKey);
}

function shownName({ authorName, isNameMasked }: PostReviewInput): string | null {
  const name = authorName?.trim() ?? "";
  if (name === "") return null;
  return isNameMasked ? maskName(name) : name;
}

async function post(
  { reviews }: Reviewing,
  tx: Transaction,
  buyerId: string,
  input: PostReviewInput,
  { id, at }: { readonly id: string; readonly at: Date },
): Promise<Result<string, PostReviewRefusal>> {
  const { orderLineId, stars, text } = input;
  const line = isUuid(orderLineId) ? await reviews.findLine(tx, buyerId, orderLineId) : null;
  if (line === null) return refused({ kind: "OrderLineNotFound" });
  const { productId, variantId, status, isDelivered } = line;
  if (!isDelivered) return refused({ kind: "OrderNotDelivered", status });
  const review = { id, orderLineId, productId, variantId, buyerId, stars, text: text.trim(), postedAt: at };
  if (!(await reviews.insert(tx, { ...review, displayName: shownName(input) }))) {
    return refused({ kind: "ReviewExists", orderLineId });
  }
  await announceReview(tx, { productId, rating: stars }, at);
  return success(orderLineId);
}

/**
 * Posts a buyer's review of an order line that was delivered to them, once for each line, adds it to the product's rating and
 * tells of its stars. The same key answers the first result. Answers the line's id.
 */
export function postReview(
  reviewing: Reviewing,
  buyerId: string,
  input: PostReviewInput,
): Promise<Result<string, PostReviewRefusal>> {
  const invalid = checkInput(input);
  if (invalid !== null) return Promise.resolve(refused(invalid));
  const { idempotencyKey, isNameMasked, ...content } = input;
  const made = { id: reviewing.newId(), at: reviewing.clock() };
  const claim: IdempotencyClaim = {
    buyerId,
    operation: "postReview",
    key: idempotencyKey,
    requestHash: reviewing.hashRequest({ ...content, isNameMasked: String(isNameMasked) }),
    result: { orderLineId: input.orderLineId },
    at: made.at,
  };
  return doOnce(
    reviewing.transactions,
    claim,
    () => input.orderLineId,
    (tx) => post(reviewing, tx, buyerId, input, made),
  );
}
