import DataLoader from "dataloader";

/** Loads one value for each parent from a map; `missing` where the map has none. */
export function createValueByParent<Value>(
  read: (parentIds: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
  missing: Value,
): DataLoader<string, Value> {
  return new DataLoader(async (parentIds: readonly string[]) => {
    const values = await read(parentIds);
    return parentIds.map((id) => values.get(id) ?? missing);
  });
}

/**
 * Loads whether a subject did something to each parent, as liking a video. Nobody signed in did nothing, and the
 * database is not asked.
 */
export function createFlagByParent(
  subject: string | null,
  readAmong: (subject: string, parentIds: readonly string[]) => Promise<ReadonlySet<string>>,
): DataLoader<string, boolean> {
  return new DataLoader(async (parentIds: readonly string[]) => {
    const among = subject === null ? new Set() : await readAmong(subject, parentIds);
    return parentIds.map((id) => among.has(id));
  });
}
