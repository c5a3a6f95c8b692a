import { type Result, success } from "../../../platform/values/result.ts";
import { invalidInput, type Refusal } from "./refusal.ts";

// Control characters other than line breaks and tabs, and halves of surrogate pairs: no text has them, and
// PostgreSQL cannot store NUL.
const unprintable = /[^\P{Cc}\n\r\t]|\p{Cs}/u;

/** Least and most characters (Unicode code points) of a text, or of a whole number. */
export interface Bounds {
  readonly least: number;
  readonly most: number;
}

/** Trims a text and holds it against its bounds, in characters. Refuses INVALID_INPUT, also for control characters. */
export function readText(text: string, field: string, bounds: Bounds): Result<string, Refusal<"INVALID_INPUT">> {
  const trimmed = text.trim();
  if (unprintable.test(trimmed)) return invalidInput(field, "must not contain control characters");
  // A character takes at most two units, so a far too long text is refused without being split.
  const length = trimmed.length > 2 * bounds.most ? trimmed.length : [...trimmed].length;
  if (length < bounds.least || length > bounds.most) {
    const expected = bounds.least === 0 ? `at most ${bounds.most}` : `${bounds.least} to ${bounds.most}`;
    return invalidInput(field, `must have ${expected} characters`);
  }
  return success(trimmed);
}

/** Holds a whole number against its bounds. Refuses INVALID_INPUT. */
export function readNumber(value: number, field: string, bounds: Bounds): Result<number, Refusal<"INVALID_INPUT">> {
  if (value >= bounds.least && value <= bounds.most) return success(value);
  return invalidInput(field, `must lie between ${bounds.least} and ${bounds.most}`);
}

/** Holds a client's idempotency key against its bounds: 8 to 64 characters, kept as they are. Refuses INVALID_INPUT. */
export function readIdempotencyKey(key: string): Result<string, Refusal<"INVALID_INPUT">> {
  const read = readText(key, "input.idempotencyKey", { least: 8, most: 64 });
  if (read.ok && read.value !== key) return invalidInput("input.idempotencyKey", "must not begin or end with a space");
  return read;
}
