import { operationalError } from "../../../platform/runtime/operational-error.ts";
import { requireScope } from "../../../platform/runtime/organisation-token.ts";
import { isUuid } from "../../../platform/values/ids.ts";
import type { RequestContext } from "../context.ts";
import type { OrderActor } from "../domain/actions/act-on-order.ts";

/** The scope that lets somebody buy and read what they bought. */
export const buyScope = "commerce:buy";

/** The scope that lets somebody act for the shops named by scopes `commerce:shop:<shop id>`. */
const sellScope = "commerce:sell";
const shopScope = /^commerce:shop:(.+)$/;

/** The scope of who works for the marketplace. */
const operateScope = "commerce:operate";

/** The scope of who reads the content organisation's statement, for that organisation. */
const affiliateScope = "commerce:affiliate-statement";

/** The signed-in buyer. @throws UNAUTHENTICATED, FORBIDDEN */
export function buyerOf(context: RequestContext): string {
  return requireScope(context.caller, buyScope);
}

/** Whose cart is meant: that of a guest token when there is one, else the signed-in buyer's. @throws UNAUTHENTICATED, FORBIDDEN */
export function cartOwnerOf(context: RequestContext, guestToken: string | null | undefined): string {
  if (guestToken === null || guestToken === undefined) return buyerOf(context);
  return context.commerce.buying.guestTokens.ownerOf(guestToken);
}

/** The signed-in buyer, as who acts on an order. @throws UNAUTHENTICATED, FORBIDDEN */
export function buyerActor(context: RequestContext): OrderActor {
  return { kind: "BUYER", subject: buyerOf(context) };
}

/**
 * The signed-in seller with the one shop they act for: who may sell must be told for which shop by the identity provider.
 * @throws UNAUTHENTICATED, FORBIDDEN
 */
export function sellerActor(context: RequestContext): Extract<OrderActor, { kind: "SELLER" }> {
  const subject = requireScope(context.caller, sellScope);
  const shops = [...context.caller.scopes].flatMap((scope) => shopScope.exec(scope)?.[1] ?? []).filter(isUuid);
  const [shopId] = shops;
  if (shopId === undefined || shops.length !== 1) {
    throw operationalError("FORBIDDEN", "this needs exactly one scope commerce:shop:<shop id>");
  }
  return { kind: "SELLER", subject, shopId };
}

/** The signed-in operator. @throws UNAUTHENTICATED, FORBIDDEN */
export function operatorActor(context: RequestContext): OrderActor {
  return { kind: "OPERATOR", subject: requireScope(context.caller, operateScope) };
}

/** An operator where the caller is one, else the buyer. @throws UNAUTHENTICATED, FORBIDDEN */
export function buyerOrOperatorActor(context: RequestContext): OrderActor {
  return context.caller.scopes.has(operateScope) ? operatorActor(context) : buyerActor(context);
}

/** Checks that the caller reads for the content organisation. @throws UNAUTHENTICATED, FORBIDDEN */
export function requireAffiliate(context: RequestContext): void {
  requireScope(context.caller, affiliateScope);
}
