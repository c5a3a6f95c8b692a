import type { SubgraphRequest } from "../../platform/runtime/subgraph-request.ts";
import type { Fulfilling } from "./domain/actions/act-on-order.ts";
import type { Buying } from "./domain/actions/buying.ts";
import type { Reviewing } from "./domain/actions/post-review.ts";
import type { Selling } from "./domain/actions/selling.ts";
import type { DocumentLinks, DocumentReads } from "./domain/document.ts";
import type { SellerReads } from "./domain/listing.ts";
import type { LiveStates } from "./domain/live.ts";
import type { ReturnReads } from "./domain/order-return.ts";
import type { BuyerReads, CatalogueReads } from "./domain/reads.ts";
import type { ReviewReads } from "./domain/review.ts";
import type { SellerOrderReads } from "./domain/seller-order.ts";
import type { StatementReads } from "./domain/statement.ts";
import { createRequestLoaders, type RequestLoaders } from "./loaders/request-loaders.ts";

/** What commerce's resolvers call: made once for a process. */
export interface Commerce {
  readonly catalogue: CatalogueReads;
  readonly buyer: BuyerReads;
  readonly statements: StatementReads;
  readonly buying: Buying;
  readonly fulfilling: Fulfilling;
  readonly live: LiveStates;
  readonly selling: Selling;
  readonly seller: SellerReads;
  readonly sellerOrders: SellerOrderReads;
  readonly returns: ReturnReads;
  readonly reviewing: Reviewing;
  readonly reviews: ReviewReads;
  readonly documents: DocumentReads;
  readonly documentLinks: DocumentLinks;
}

/** What a commerce resolver has for one request: who asks, and the loaders that live as long as the request. */
export interface RequestContext extends SubgraphRequest {
  readonly commerce: Commerce;
  readonly loaders: RequestLoaders;
}

/** Makes the context of one request. */
export function createRequestContext(commerce: Commerce, request: SubgraphRequest): RequestContext {
  const loaders = createRequestLoaders(commerce, request.caller.subject);
  return { ...request, commerce, loaders };
}
