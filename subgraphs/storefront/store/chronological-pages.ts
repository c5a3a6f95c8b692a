import { type Page, type PageRequest, toPage } from "../../../platform/values/page.ts";
import { parseKey } from "../domain/chronological-key.ts";

/** Parameters of a keyset condition `(instant, id) < ($1::timestamptz, $2::uuid)` for a list that is newest first. */
export function keysetOf(request: PageRequest): [at: Date | string, id: string] {
  const key = request.after === null ? null : parseKey(request.after);
  return key === null ? ["infinity", "ffffffff-ffff-ffff-ffff-ffffffffffff"] : [key.at, key.id];
}

/** Sorts rows of several parents into a page for each; a parent without rows gets an empty one. */
export function toPages<Row>(
  parentIds: readonly string[],
  rows: readonly Row[],
  request: PageRequest,
  of: { readonly parentId: (row: Row) => string; readonly key: (row: Row) => string },
): ReadonlyMap<string, Page<Row>> {
  const groups = new Map<string, Row[]>(parentIds.map((id) => [id, []]));
  for (const row of rows) groups.get(of.parentId(row))?.push(row);
  return new Map([...groups].map(([id, group]) => [id, toPage(group, request, of.key)]));
}
