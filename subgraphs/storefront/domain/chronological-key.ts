import { isUuid } from "../../../platform/values/ids.ts";

/** Place of an entry in a list that is newest first: by instant, then by id, both falling. */
export interface ChronologicalKey {
  readonly at: Date;
  readonly id: string;
}

// 13 digits of milliseconds reach the year 2286, which every database column here can hold.
const keyPattern = /^(\d{1,13})\.([0-9a-f-]{36})$/;

/** Writes a key as the text inside a cursor: `1763953200000.<uuid>`. */
export function formatKey(at: Date, id: string): string {
  return `${at.getTime()}.${id}`;
}

/** Reads a key; null when the text is none. */
export function parseKey(text: string): ChronologicalKey | null {
  const [, milliseconds, id] = keyPattern.exec(text) ?? [];
  if (milliseconds === undefined || id === undefined || !isUuid(id)) return null;
  return { at: new Date(Number(milliseconds)), id };
}

/** Whether a text is a key, for `readPageRequest`. */
export function isKey(text: string): boolean {
  return parseKey(text) !== null;
}
