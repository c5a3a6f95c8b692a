import type { CatalogueReads } from "../domain/reads.ts";
import { loadByKey } from "./batch.ts";

/** Variants by id, those no longer sold included. */
export function createVariantById(reads: CatalogueReads) {
  return loadByKey(reads.variantsByIds, (variant) => variant.id);
}
