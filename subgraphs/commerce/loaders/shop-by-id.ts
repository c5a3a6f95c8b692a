import type { CatalogueReads } from "../domain/reads.ts";
import { loadByKey } from "./batch.ts";

/** Shops by id. */
export function createShopById(reads: CatalogueReads) {
  return loadByKey(reads.shopsByIds, (shop) => shop.id);
}
