import { isUuid } from "../../../platform/values/ids.ts";
import { fromDecimal } from "../../../platform/values/money.ts";
import { PageRequestError, readPageRequest, toConnection } from "../../../platform/values/page.ts";
import { tradingCurrency } from "../domain/cart-pricing.ts";
import type { ProductFilter, ProductQuery } from "../domain/product-search.ts";
import type {
  PriceFacetResolvers,
  ProductFilterInput,
  QueryResolvers,
  ShopFacetResolvers,
} from "../generated/resolver-types.ts";
import { loadExisting } from "../loaders/batch.ts";

const mostShops = 20;

/** The words of a search for products. @throws PageRequestError */
function readProductWords(search: string): string[] {
  const words =
    search
      .slice(0, 100)
      .match(/[\p{L}\p{N}]+/gu)
      ?.slice(0, 8) ?? [];
  if (words.join("").length < 2) throw new PageRequestError("search needs at least 2 letters or digits");
  return words;
}

function readPrice(name: string, price: string | null | undefined): bigint | null {
  if (price === undefined || price === null) return null;
  const minor = fromDecimal(price);
  if (minor < 0n) throw new PageRequestError(`filter.${name} must not be below zero`);
  return minor;
}

/** What narrows a search. @throws PageRequestError */
function readFilter(filter: ProductFilterInput | null | undefined): ProductFilter {
  const shopIds = filter?.shopIds ?? null;
  if (shopIds !== null && shopIds.length > mostShops)
    throw new PageRequestError(`filter.shopIds may name ${mostShops} shops at most`);
  const leastPriceMinor = readPrice("leastPrice", filter?.leastPrice);
  const mostPriceMinor = readPrice("mostPrice", filter?.mostPrice);
  if (leastPriceMinor !== null && mostPriceMinor !== null && leastPriceMinor > mostPriceMinor)
    throw new PageRequestError("filter.leastPrice must not be above filter.mostPrice");
  return {
    // An id that is no UUID names no shop.
    shopIds: shopIds?.filter(isUuid) ?? null,
    leastPriceMinor,
    mostPriceMinor,
    isAvailable: filter?.isAvailable ?? false,
  };
}

function readQuery({ search, filter }: { search: string; filter?: ProductFilterInput | null }): ProductQuery {
  return { words: readProductWords(search), filter: readFilter(filter) };
}

function isRelevanceKey(key: string): boolean {
  const [relevance = "", id = "", ...more] = key.split(" ");
  return /^\d{1,7}$/.test(relevance) && isUuid(id) && more.length === 0;
}

/** Searches for products. */
export const searchQueries: Pick<QueryResolvers, "searchProducts" | "productFacets"> = {
  searchProducts: async (_parent, args, { commerce }) => {
    const page = readPageRequest(args, isRelevanceKey);
    return toConnection(await commerce.catalogue.searchProducts(readQuery(args), page));
  },
  productFacets: async (_parent, args, { commerce }) => {
    const { shops, prices, ...counts } = await commerce.catalogue.productFacets(readQuery(args));
    return { ...counts, shops: [...shops], prices: [...prices] };
  },
};

/** Fields of `ShopFacet`. */
export const shopFacetResolvers: ShopFacetResolvers = {
  shop: ({ shopId }, _args, { loaders }) => loadExisting(loaders.shopById, shopId, "shop"),
};

/** Fields of `PriceFacet`. */
export const priceFacetResolvers: PriceFacetResolvers = {
  from: ({ fromMinor }) => ({ amountMinor: fromMinor, currency: tradingCurrency }),
  to: ({ toMinor }) => (toMinor === null ? null : { amountMinor: toMinor, currency: tradingCurrency }),
};
