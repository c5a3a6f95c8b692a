const firstMs = 2_000;
const longestMs = 60_000;

/** How long to wait before the `attempt`-th repetition (from 1), in milliseconds: 2 s doubling up to a minute. */
export function backOffMs(attempt: number): number {
  return Math.min(firstMs * 2 ** (Math.max(attempt, 1) - 1), longestMs);
}
