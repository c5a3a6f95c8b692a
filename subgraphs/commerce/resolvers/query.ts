import { isUuid } from "../../../platform/values/ids.ts";
import { PageRequestError, readPageRequest, toConnection } from "../../../platform/values/page.ts";
import type { QueryResolvers } from "../generated/resolver-types.ts";
import { buyerOf, cartOwnerOf } from "./callers.ts";
import { orderByKey } from "./order-by-key.ts";
import { shownProduct } from "./product.ts";
import { searchQueries } from "./product-search.ts";
import { sellerQueries } from "./seller.ts";
import { sellerOrderQueries } from "./seller-order.ts";
import { statementQueries } from "./statement.ts";

/** The length of a plain list. @throws PageRequestError */
function readCount(first: number): number {
  if (first >= 1 && first <= 50) return first;
  throw new PageRequestError("first must lie between 1 and 50");
}

/** The words of a search: at least 2 characters in all, at most 6 words. @throws PageRequestError */
function readSearch(search: string, first: number): string[] {
  if (first < 1 || first > 50) throw new PageRequestError("first must lie between 1 and 50");
  const words = search.slice(0, 100).trim().split(/\s+/).slice(0, 6);
  if (words.join("").length < 2) throw new PageRequestError("search needs at least 2 characters");
  return words;
}

/** Entry points for reading. */
export const queryResolvers: QueryResolvers = {
  ...statementQueries,
  ...searchQueries,
  ...sellerQueries,
  ...sellerOrderQueries,
  product: (_parent, { id }, context) => shownProduct(context, id),
  products: async (_parent, args, { commerce, loaders }) => {
    const page = readPageRequest(args, isUuid);
    const { shopId } = args;
    if (shopId === undefined || shopId === null) return toConnection(await commerce.catalogue.productPage(page));
    const nothing = { entries: [], hasNextPage: false, hasPreviousPage: page.after !== null };
    return toConnection(isUuid(shopId) ? await loaders.productPageByShop.load({ parentId: shopId, page }) : nothing);
  },
  shop: (_parent, { id }, { loaders }) => (isUuid(id) ? loaders.shopById.load(id) : null),
  cart: (_parent, { guestToken }, context) => context.commerce.buyer.cart(cartOwnerOf(context, guestToken)),
  addresses: (_parent, _args, context) => context.commerce.buyer.addresses(buyerOf(context)),
  districts: (_parent, { search, first }, { commerce }) =>
    commerce.catalogue.searchDistricts(readSearch(search, first), first),
  order: (_parent, { id }, context) => {
    buyerOf(context);
    return isUuid(id) ? context.loaders.orderById.load(id) : null;
  },
  orders: async (_parent, args, context) => {
    const page = readPageRequest(args, isUuid);
    return toConnection(await context.commerce.buyer.orderPage(buyerOf(context), page));
  },
  orderByKey,
  flashSale: (_parent, { id }, { loaders }) => (isUuid(id) ? loaders.flashSaleById.load(id) : null),
  flashSales: (_parent, { first }, { commerce }) => commerce.catalogue.openFlashSales(readCount(first)),
  paymentMethods: (_parent, _args, { commerce }) => [...commerce.buying.methods],
};
