import type { CatalogueReads } from "../domain/reads.ts";
import { loadByKey } from "./batch.ts";

/** Districts by official code. */
export function createDistrictByCode(reads: CatalogueReads) {
  return loadByKey(reads.districtsByCodes, (district) => district.code);
}
