import DataLoader from "dataloader";
import type { Page, PageRequest } from "../../../platform/values/page.ts";

/** A page of a parent's entries. */
export interface PageKey {
  readonly parentId: string;
  readonly request: PageRequest;
}

function requestKey({ first, after }: PageRequest): string {
  return `${first}|${after ?? ""}`;
}

/** Loads pages of connection fields inside lists: one read for all parents that are asked with the same arguments. */
export function createPageByParent<Entry>(
  read: (parentIds: readonly string[], request: PageRequest) => Promise<ReadonlyMap<string, Page<Entry>>>,
): DataLoader<PageKey, Page<Entry>, string> {
  async function readAll(keys: readonly PageKey[]): Promise<Page<Entry>[]> {
    const requests = new Map(keys.map(({ request }) => [requestKey(request), request]));
    const pages = new Map<string, ReadonlyMap<string, Page<Entry>>>();
    await Promise.all(
      [...requests].map(async ([name, request]) => {
        const parents = keys.filter((key) => requestKey(key.request) === name);
        pages.set(
          name,
          await read(
            parents.map((key) => key.parentId),
            request,
          ),
        );
      }),
    );
    return keys.map((key) => {
      const page = pages.get(requestKey(key.request))?.get(key.parentId);
      if (page === undefined) throw new Error(`no page was read for ${key.parentId}`);
      return page;
    });
  }
  return new DataLoader(readAll, { cacheKeyFn: (key) => `${key.parentId}|${requestKey(key.request)}` });
}
