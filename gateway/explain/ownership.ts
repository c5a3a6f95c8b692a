/** Who resolved a part of an answer, and when. */
export interface Ownership {
  /** The client's path with `@` for list items; empty for the root. */
  readonly path: string;
  /** The client's keys below the path. */
  readonly keys: readonly string[];
  readonly service: string;
  /** Since the operation began. */
  readonly startedMs: number;
  readonly tookMs: number;
}

/** A client's path with its indexes left out. */
export function pathText(path: readonly (string | number)[]): string {
  return path.map((key) => (typeof key === "number" ? "@" : key)).join(".");
}

/** Entries that say the same of the same place are one: the longest is kept. */
export function joinOwnership(entries: readonly Ownership[]): readonly Ownership[] {
  const joined = new Map<string, Ownership>();
  for (const entry of entries) {
    if (entry.keys.length === 0) continue;
    const key = JSON.stringify([entry.path, entry.service, entry.keys]);
    const present = joined.get(key);
    if (present === undefined || present.tookMs < entry.tookMs) joined.set(key, entry);
  }
  return [...joined.values()];
}
