import type { CatalogueReads } from "../domain/reads.ts";
import { loadByKey } from "./batch.ts";

/** Stock levels by variant; null for a variant that has no stock row. */
export function createStockByVariant(reads: CatalogueReads) {
  return loadByKey(reads.stockByVariants, (level) => level.variantId);
}
