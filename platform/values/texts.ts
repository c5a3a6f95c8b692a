import { type Result, refused, success } from "./result.ts";

/** Least and most characters (Unicode code points) of a text, or of a whole number. */
export interface Bounds {
  readonly least: number;
  readonly most: number;
}

// Control characters other than line breaks and tabs; halves of surrogate pairs, which UTF-8 has no bytes for; and what
// makes the text after it read the other way round, so that it shows as what it is not.
const unprintable = /[^\P{Cc}\n\r\t]|\p{Cs}|[\u202A-\u202E\u2066-\u2069]/u;
const visible = /[^\p{C}\p{Z}]/u;

/**
 * Trims a text a person wrote and holds it against its bounds, in characters: nothing unprintable, and something to
 * see where it may not be empty. Refuses with what would be accepted, in words.
 */
export function readText(text: string, bounds: Bounds): Result<string, string> {
  const trimmed = text.trim();
  if (unprintable.test(trimmed)) return refused("must not contain control characters");
  // A character takes at most two units, so a far too long text is refused without being split.
  const length = trimmed.length > 2 * bounds.most ? trimmed.length : [...trimmed].length;
  if (length < bounds.least || length > bounds.most || (bounds.least > 0 && !visible.test(trimmed))) {
    const expected = bounds.least === 0 ? `at most ${bounds.most}` : `${bounds.least} to ${bounds.most}`;
    return refused(`must have ${expected} characters`);
  }
  return success(trimmed);
}

/** `readText` for what stands in one line, as a name or a street. */
export function readLine(text: string, bounds: Bounds): Result<string, string> {
  return /[\n\r\t\u2028\u2029]/.test(text.trim()) ? refused("must be one line") : readText(text, bounds);
}

/** Holds a client's idempotency key against its bounds: 8 to 64 characters, kept as they are. Refuses in words. */
export function readIdempotencyKey(key: string): Result<string, string> {
  const read = readText(key, { least: 8, most: 64 });
  return read.ok && read.value !== key ? refused("must not begin or end with a space") : read;
}
