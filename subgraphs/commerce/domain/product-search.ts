import type { Page, PageRequest } from "../../../platform/values/page.ts";
import type { Product } from "./catalogue.ts";

/** What narrows a search; what is null narrows nothing. Prices in sen, both ends included. */
export interface ProductFilter {
  readonly shopIds: readonly string[] | null;
  readonly leastPriceMinor: bigint | null;
  readonly mostPriceMinor: bigint | null;
  /** Only products with a piece that can be bought now. */
  readonly isAvailable: boolean;
}

/** What a search looks for: words (letters and digits alone; the last one as a beginning), narrowed by a filter. */
export interface ProductQuery {
  readonly words: readonly string[];
  readonly filter: ProductFilter;
}

/** How many of the products found are of a shop. */
export interface ShopFacet {
  readonly shopId: string;
  readonly count: number;
}

/** How many of the products found cost from one price up to below another. Null: without end. */
export interface PriceFacet {
  readonly fromMinor: bigint;
  readonly toMinor: bigint | null;
  readonly count: number;
}

/** By what the products found can be narrowed. Each group is counted as if nothing had been chosen in it. */
export interface ProductFacets {
  /** Products that pass the whole filter. */
  readonly total: number;
  /** Most products first. */
  readonly shops: readonly ShopFacet[];
  /** Ascending, those without products too. */
  readonly prices: readonly PriceFacet[];
  /** Products with a piece that can be bought now. */
  readonly available: number;
}

/** Where price bands begin, in sen: from nothing, Rp 50,000, 100,000, 250,000, 500,000 and 1,000,000. */
export const priceBandsMinor: readonly bigint[] = [0n, 5_000_000n, 10_000_000n, 25_000_000n, 50_000_000n, 100_000_000n];

/** Counted are the most relevant products of a search, at most so many: a word that is everywhere must not read everything. */
export const mostCounted = 10_000;

/** Searches over products that are sold. A product's price is the lowest of its variants now, as `Product.price` shows it. */
export interface ProductSearch {
  /** Products with each of the words, most relevant first, then newest. A key is `<relevance> <id>`. */
  readonly searchProducts: (query: ProductQuery, page: PageRequest) => Promise<Page<Product>>;
  /** Counts what is found, in one statement. */
  readonly productFacets: (query: ProductQuery) => Promise<ProductFacets>;
}
