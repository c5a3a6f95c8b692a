import DataLoader from "dataloader";
import type { Page, PageRequest } from "../../../platform/values/page.ts";

/** A page of what belongs to a parent. */
export interface PageKey {
  readonly parentId: string;
  readonly page: PageRequest;
}

function pageKey(page: PageRequest): string {
  return `${page.first} ${page.after ?? ""}`;
}

/** Pages by parent: one statement for all parents that are asked for the same page. `load` answers in their order. */
export function loadPagesByParent<Entry>(
  load: (parentIds: readonly string[], page: PageRequest) => Promise<Page<Entry>[]>,
): DataLoader<PageKey, Page<Entry>, string> {
  async function loadPages(keys: readonly PageKey[]): Promise<Page<Entry>[]> {
    const pages = new Map<string, Promise<Page<Entry>[]>>();
    const members = new Map<string, string[]>();
    for (const { parentId, page } of keys) {
      const key = pageKey(page);
      members.set(key, [...(members.get(key) ?? []), parentId]);
    }
    for (const { page } of keys) {
      const key = pageKey(page);
      if (!pages.has(key)) pages.set(key, load(members.get(key) ?? [], page));
    }
    return Promise.all(
      keys.map(async ({ parentId, page }) => {
        const key = pageKey(page);
        const found = (await pages.get(key))?.[members.get(key)?.indexOf(parentId) ?? -1];
        if (found === undefined) throw new Error(`no page was read for ${parentId}`);
        return found;
      }),
    );
  }
  return new DataLoader(loadPages, {
    cacheKeyFn: ({ parentId, page }) => `${parentId} ${pageKey(page)}`,
    maxBatchSize: 200,
  });
}
