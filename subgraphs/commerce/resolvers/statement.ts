import { PageRequestError, readPageRequest, toConnection } from "../../../platform/values/page.ts";
import { contentOrganisation } from "../domain/affiliate.ts";
import { type AffiliateStatement, isMovementKey, type Period, type SellerStatement } from "../domain/statement.ts";
import type {
  AffiliateMovementResolvers,
  AffiliateStatementResolvers,
  QueryResolvers,
  SellerStatementResolvers,
} from "../generated/resolver-types.ts";
import { loadExisting } from "../loaders/batch.ts";
import { requireAffiliate, sellerActor } from "./callers.ts";

const longestMs = 366 * 86_400_000;

/** @throws PageRequestError for a period that ends before it begins, or is longer than a year. */
function readPeriod({ from, until }: Period): Period {
  const length = until.getTime() - from.getTime();
  if (length <= 0 || length > longestMs) throw new PageRequestError("until must lie after from, by at most 366 days");
  return { from, until };
}

/** Entry points for statements. */
export const statementQueries: QueryResolvers = {
  sellerStatement: async (_parent, args, context) => {
    const { shopId } = sellerActor(context);
    const period = readPeriod(args);
    const standing = await context.commerce.statements.sellerStanding(shopId, period);
    return { shopId, ...period, ...standing } satisfies SellerStatement;
  },
  affiliateStatement: async (_parent, args, context) => {
    requireAffiliate(context);
    const period = readPeriod(args);
    const standing = await context.commerce.statements.affiliateStanding(contentOrganisation, period);
    return { organisation: contentOrganisation, ...period, ...standing } satisfies AffiliateStatement;
  },
};

/** Fields of `SellerStatement`. */
export const sellerStatementResolvers: SellerStatementResolvers = {
  shop: ({ shopId }, _args, { loaders }) => loadExisting(loaders.shopById, shopId, "shop"),
  movements: async ({ shopId, from, until }, args, { commerce }) => {
    const page = readPageRequest(args, isMovementKey);
    return toConnection(await commerce.statements.sellerMovements(shopId, { from, until }, page));
  },
};

/** Fields of `AffiliateStatement`. */
export const affiliateStatementResolvers: AffiliateStatementResolvers = {
  movements: async ({ organisation, from, until }, args, { commerce }) => {
    const page = readPageRequest(args, isMovementKey);
    return toConnection(await commerce.statements.affiliateMovements(organisation, { from, until }, page));
  },
};

/** Fields of `AffiliateMovement`: content by id alone, which its owner resolves. */
export const affiliateMovementResolvers: AffiliateMovementResolvers = {
  creator: ({ creatorId }) => (creatorId === null ? null : { __typename: "Creator", id: creatorId }),
  video: ({ videoId }) => (videoId === null ? null : { __typename: "Video", id: videoId }),
  liveSession: ({ liveSessionId }) =>
    liveSessionId === null ? null : { __typename: "LiveSession", id: liveSessionId },
};
