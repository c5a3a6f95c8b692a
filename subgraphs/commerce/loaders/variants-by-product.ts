import type { CatalogueReads } from "../domain/reads.ts";
import { loadListsByKey } from "./batch.ts";

/** All variants of a product, in the shop's order. */
export function createVariantsByProduct(reads: CatalogueReads) {
  return loadListsByKey(reads.variantsByProducts, (variant) => variant.productId);
}
