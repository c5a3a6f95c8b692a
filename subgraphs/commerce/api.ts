import type { JSONWebKeySet } from "jose";
import { createTokenVerifier } from "../../platform/runtime/organisation-token.ts";
import {
  createSubgraphServer,
  type StreamSettings,
  type SubgraphServer,
} from "../../platform/runtime/subgraph-server.ts";
import { type Commerce, createRequestContext, type RequestContext } from "./context.ts";
import { createDocumentLinks } from "./documents/links.ts";
import { createBookings } from "./domain/actions/book-shipment.ts";
import { courierAmong } from "./domain/actions/intend-booking.ts";
import type { PaymentMethod } from "./domain/payment.ts";
import type { AttributionTokens, PaymentRequests } from "./domain/ports.ts";
import type { Courier } from "./domain/shipping/courier.ts";
import { createRateDesk } from "./domain/shipping/rate-desk.ts";
import type { CommerceParts } from "./parts.ts";
import { resolvers } from "./resolvers/resolver-map.ts";
import { createDocumentKeys } from "./store/document-keys.ts";
import { guestTokens } from "./store/guest-cart-store.ts";
import { createListingBook } from "./store/listing-book.ts";
import { createNotificationInbox } from "./store/notification-inbox.ts";
import { createRefundBook } from "./store/refund-book.ts";
import { hashRequest } from "./store/request-hash.ts";
import { createReviewBook } from "./store/review-book.ts";

/** Whom the API trusts, and how long it waits for money. */
export interface ApiSettings {
  readonly gatewayKeys: JSONWebKeySet;
  readonly tokenIssuer: string;
  readonly attributionTokens: AttributionTokens;
  readonly paymentTtlSeconds: number;
  readonly autoCompleteSeconds: number;
  /** Who carries; without any, shops send by themselves. */
  readonly couriers?: readonly Courier[];
  /** Where the outside, buyers' browsers included, reaches the call-back listener, without a slash at the end. */
  readonly callbackPublicUrl: string;
  /** Bounds of streams; the usual ones unless given. */
  readonly streams?: Partial<StreamSettings>;
}

/** How buyers pay: what is offered, and who asks for the money. */
export interface PaymentSide {
  /** Ways to pay, in the order they are offered. */
  readonly methods: readonly PaymentMethod[];
  readonly requests: PaymentRequests;
}

const organisation = "commerce";

/** Puts the GraphQL API of commerce together; it listens when it is told to. */
export function createCommerceApi(
  parts: CommerceParts,
  payments: PaymentSide,
  settings: ApiSettings,
): Promise<SubgraphServer> {
  const { store, live, work, newId, clock, logger, metrics, database } = parts;
  const { couriers = [] } = settings;
  const inbox = createNotificationInbox();
  const commerce: Commerce = {
    catalogue: store.catalogue,
    buyer: store.buyer,
    statements: store.statements,
    live,
    buying: {
      transactions: store.transactions,
      attributionTokens: settings.attributionTokens,
      guestTokens,
      work,
      paymentRequests: payments.requests,
      inbox,
      methods: payments.methods,
      shipping: { reads: store.shipping, desk: createRateDesk(couriers, clock) },
      newId,
      clock,
      hashRequest,
      paymentTtlSeconds: settings.paymentTtlSeconds,
    },
    fulfilling: {
      transactions: store.transactions,
      work,
      inbox,
      refundRequests: { refunds: createRefundBook(), work, newId },
      listings: createListingBook(newId),
      bookings: createBookings({ courierOf: courierAmong(couriers), work, clock }, store.transactions),
      newId,
      clock,
      hashRequest,
      autoCompleteSeconds: settings.autoCompleteSeconds,
    },
    selling: { transactions: store.transactions, listings: createListingBook(newId), newId, clock, hashRequest },
    seller: store.seller,
    sellerOrders: store.sellerOrders,
    returns: store.returns,
    reviewing: { transactions: store.transactions, reviews: createReviewBook(), newId, clock, hashRequest },
    reviews: store.reviews,
    documents: store.documents,
    documentLinks: createDocumentLinks(
      settings.callbackPublicUrl,
      createDocumentKeys(database.pool, newId, clock),
      clock,
    ),
  };
  return createSubgraphServer<RequestContext>({
    organisation,
    resolvers,
    tokens: createTokenVerifier(settings.gatewayKeys, organisation, settings.tokenIssuer),
    createContext: (request) => createRequestContext(commerce, request),
    isReady: database.isReady,
    logger,
    metrics,
    ...(settings.streams === undefined ? {} : { streams: settings.streams }),
  });
}
