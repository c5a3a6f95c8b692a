/**
 * Splits a whole amount by weights so that the parts sum to it exactly: each gets the whole units of its share, and the units
 * that are left go to the largest remainders, the first of equals first. No part is above its share rounded up.
 * @throws RangeError for a negative amount or weight, or when there is an amount and no weight.
 */
export function splitExactly(amountMinor: bigint, weights: readonly bigint[]): bigint[] {
  if (amountMinor < 0n || weights.some((weight) => weight < 0n)) throw new RangeError("a split of less than nothing");
  const whole = weights.reduce((total, weight) => total + weight, 0n);
  if (whole === 0n) {
    if (amountMinor > 0n) throw new RangeError("an amount is split among nobody");
    return weights.map(() => 0n);
  }
  const parts = weights.map((weight, index) => {
    const product = amountMinor * weight;
    return { index, units: product / whole, remainder: product % whole };
  });
  const left = amountMinor - parts.reduce((total, { units }) => total + units, 0n);
  const byRemainder = [...parts].sort((one, other) => {
    if (one.remainder !== other.remainder) return one.remainder > other.remainder ? -1 : 1;
    return one.index - other.index;
  });
  const favoured = new Set(byRemainder.slice(0, Number(left)).map(({ index }) => index));
  return parts.map(({ index, units }) => (favoured.has(index) ? units + 1n : units));
}
