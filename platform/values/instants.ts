/** Tells the present instant. Injected, so that tests can fix it. */
export type Clock = () => Date;

/** Whether `instant` lies at or before `now`. */
export function isPast(instant: Date, now: Date): boolean {
  return instant.getTime() <= now.getTime();
}

/** The instant `seconds` after `start`. */
export function addSeconds(start: Date, seconds: number): Date {
  return new Date(start.getTime() + seconds * 1000);
}
