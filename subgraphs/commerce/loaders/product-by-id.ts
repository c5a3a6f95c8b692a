import type { CatalogueReads } from "../domain/reads.ts";
import { loadByKey } from "./batch.ts";

/** Products by id. */
export function createProductById(reads: CatalogueReads) {
  return loadByKey(reads.productsByIds, (product) => product.id);
}
