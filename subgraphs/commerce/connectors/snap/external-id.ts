/** Answers `count` random decimal digits. Injected, so that tests can fix them. */
export type RandomDigits = (count: number) => string;

const mostDigits = 36;
const pattern = /^\d{1,36}$/;

/**
 * Makes an X-EXTERNAL-ID: 15 digits of time and 21 random ones, so that replicas need not agree to be unique in a day.
 * Source: SNAP, header X-EXTERNAL-ID (numeric, at most 36, unique per day).
 */
export function newExternalId(now: Date, randomDigits: RandomDigits): string {
  const time = now.toISOString().replace(/\D/g, "").slice(2, 17);
  return `${time}${randomDigits(mostDigits - time.length)}`;
}

/** Whether a value can be an X-EXTERNAL-ID. */
export function isExternalId(value: string): boolean {
  return pattern.test(value);
}
