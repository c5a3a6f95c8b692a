import type { NewId } from "../../../../platform/values/ids.ts";
import type { Clock } from "../../../../platform/values/instants.ts";
import type { ListingBook, Seller } from "../listing.ts";
import type { ListingOperation } from "../listing-operation.ts";
import type { HashRequest, IdempotencyClaim, IdempotencyResult, Transactions } from "../ports.ts";

/** What sellers' actions need of the outside. */
export interface Selling {
  readonly transactions: Transactions;
  readonly listings: ListingBook;
  readonly newId: NewId;
  readonly clock: Clock;
  readonly hashRequest: HashRequest;
}

/** The claim of a seller's request. The shop is part of it: one person may act for several, by different tokens. */
export function claimOf(
  selling: Selling,
  seller: Seller,
  operation: ListingOperation,
  key: string,
  request: Readonly<Record<string, string | number | null>>,
  result: IdempotencyResult,
): IdempotencyClaim {
  return {
    buyerId: seller.subject,
    operation,
    key,
    requestHash: selling.hashRequest({ ...request, shopId: seller.shopId }),
    result,
    at: selling.clock(),
  };
}
