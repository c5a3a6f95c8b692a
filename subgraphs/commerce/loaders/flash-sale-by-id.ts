import type { CatalogueReads } from "../domain/reads.ts";
import { loadByKey } from "./batch.ts";

/** Flash sales by id, those that are over included. */
export function createFlashSaleById(reads: CatalogueReads) {
  return loadByKey(reads.flashSalesByIds, (sale) => sale.id);
}
