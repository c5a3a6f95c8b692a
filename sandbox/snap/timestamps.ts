const jakartaOffsetMs = 7 * 60 * 60 * 1000;
const pattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?(?:Z|[+-]\d{2}:\d{2})$/;

/** How far a request's X-TIMESTAMP may lie from the receiver's clock, either way, in ms. */
export const timestampWindowMs = 5 * 60 * 1000;

/** Renders an instant as SNAP writes it, in Jakarta's time: `2020-12-17T10:55:00+07:00`. */
export function toSnapTimestamp(instant: Date): string {
  return `${new Date(instant.getTime() + jakartaOffsetMs).toISOString().slice(0, 19)}+07:00`;
}

/** Reads a SNAP date-time, which must carry its zone; undefined for anything else. */
export function fromSnapTimestamp(text: string): Date | undefined {
  if (!pattern.test(text)) return undefined;
  const instant = new Date(text);
  return Number.isNaN(instant.getTime()) ? undefined : instant;
}

/** The day in Jakarta, `2020-12-17`: what X-EXTERNAL-ID must be unique in. */
export function jakartaDay(instant: Date): string {
  return new Date(instant.getTime() + jakartaOffsetMs).toISOString().slice(0, 10);
}
