import DataLoader from "dataloader";
import type { Page, PageRequest } from "../../../platform/values/page.ts";
import type { Product } from "../domain/catalogue.ts";
import type { CatalogueReads } from "../domain/reads.ts";

/** A page of one shop's products. */
export interface ShopPageKey {
  readonly shopId: string;
  readonly page: PageRequest;
}

function pageKey(page: PageRequest): string {
  return `${page.first} ${page.after ?? ""}`;
}

/** Pages of shops' products: one statement for all shops that are asked for the same page. */
export function createProductPageByShop(reads: CatalogueReads) {
  async function loadPages(keys: readonly ShopPageKey[]): Promise<Page<Product>[]> {
    const pages = new Map<string, Promise<Page<Product>[]>>();
    const members = new Map<string, string[]>();
    for (const { shopId, page } of keys) {
      const key = pageKey(page);
      members.set(key, [...(members.get(key) ?? []), shopId]);
    }
    for (const { page } of keys) {
      const key = pageKey(page);
      if (!pages.has(key)) pages.set(key, reads.productPagesByShops(members.get(key) ?? [], page));
    }
    return Promise.all(
      keys.map(async ({ shopId, page }) => {
        const key = pageKey(page);
        const found = (await pages.get(key))?.[members.get(key)?.indexOf(shopId) ?? -1];
        if (found === undefined) throw new Error(`no page was read for the shop ${shopId}`);
        return found;
      }),
    );
  }
  return new DataLoader<ShopPageKey, Page<Product>, string>(loadPages, {
    cacheKeyFn: ({ shopId, page }) => `${shopId} ${pageKey(page)}`,
    maxBatchSize: 200,
  });
}
