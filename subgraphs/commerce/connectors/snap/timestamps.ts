const jakartaOffsetMs = 7 * 3_600_000;
const timestampPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?(?:Z|[+-]\d{2}:\d{2})$/;

/** How far X-TIMESTAMP may lie from our clock, either way, in milliseconds. */
export const timestampWindowMs = 5 * 60_000;

/** An instant as SNAP writes it, in Jakarta's zone to the second: `2020-12-17T10:55:00+07:00`. */
export function toSnapTimestamp(instant: Date): string {
  return `${new Date(instant.getTime() + jakartaOffsetMs).toISOString().slice(0, 19)}+07:00`;
}

/** Reads a SNAP timestamp of any zone; null when it is none. */
export function fromSnapTimestamp(text: string): Date | null {
  if (!timestampPattern.test(text)) return null;
  const instant = new Date(text);
  return Number.isNaN(instant.getTime()) ? null : instant;
}

/** Whether a request's X-TIMESTAMP is a timestamp near enough to `now` to be fresh. */
export function isFresh(timestamp: string, now: Date): boolean {
  const instant = fromSnapTimestamp(timestamp);
  return instant !== null && Math.abs(instant.getTime() - now.getTime()) <= timestampWindowMs;
}

/** The day of an instant in Jakarta, `2020-12-17`: X-EXTERNAL-ID is unique within it. */
export function jakartaDay(instant: Date): string {
  return new Date(instant.getTime() + jakartaOffsetMs).toISOString().slice(0, 10);
}
