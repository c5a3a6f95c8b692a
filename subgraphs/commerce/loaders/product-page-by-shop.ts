import type { CatalogueReads } from "../domain/reads.ts";
import { loadPagesByParent } from "./page-by-parent.ts";

/** Pages of shops' products. */
export function createProductPageByShop(reads: CatalogueReads) {
  return loadPagesByParent(reads.productPagesByShops);
}
