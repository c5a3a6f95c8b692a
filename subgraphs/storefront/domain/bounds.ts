import { type Result, success } from "../../../platform/values/result.ts";
import * as texts from "../../../platform/values/texts.ts";
import { invalidInput, type Refusal } from "./refusal.ts";

type Read<Value> = Result<Value, Refusal<"INVALID_INPUT">>;

/** Trims a text and holds it against its bounds, in characters. Refuses INVALID_INPUT, also for control characters. */
export function readText(text: string, field: string, bounds: texts.Bounds): Read<string> {
  const read = texts.readText(text, bounds);
  return read.ok ? read : invalidInput(field, read.refusal);
}

/** Holds a whole number against its bounds. Refuses INVALID_INPUT. */
export function readNumber(value: number, field: string, bounds: texts.Bounds): Read<number> {
  if (value >= bounds.least && value <= bounds.most) return success(value);
  return invalidInput(field, `must lie between ${bounds.least} and ${bounds.most}`);
}

/** Holds a client's idempotency key against its bounds: 8 to 64 characters, kept as they are. Refuses INVALID_INPUT. */
export function readIdempotencyKey(key: string): Read<string> {
  const read = texts.readIdempotencyKey(key);
  return read.ok ? read : invalidInput("input.idempotencyKey", read.refusal);
}
