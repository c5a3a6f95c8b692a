const bigintKey = "$bigint";
const instantKey = "$instant";

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function tag(this: unknown, key: string, value: unknown): unknown {
  // JSON.stringify has called toJSON already: only the holder still has the instant.
  const original = isRecord(this) ? this[key] : value;
  if (original instanceof Date) return { [instantKey]: original.toISOString() };
  return typeof value === "bigint" ? { [bigintKey]: value.toString() } : value;
}

function untag(_key: string, value: unknown): unknown {
  if (!isRecord(value)) return value;
  if (typeof value[bigintKey] === "string") return BigInt(value[bigintKey]);
  if (typeof value[instantKey] === "string") return new Date(value[instantKey]);
  return value;
}

/** Writes a result for the record: JSON in which instants and big integers can be told. Nothing is written as `null`. */
export function encodeResult(value: unknown): string {
  return JSON.stringify(value ?? null, tag);
}

/** Reads what `encodeResult` wrote. */
export function decodeResult<Value>(text: string): Value {
  return JSON.parse(text, untag) as Value;
}
