/** An amount in minor units (IDR: sen) with its ISO 4217 currency. Never a float. */
export interface Money {
  readonly amountMinor: bigint;
  readonly currency: string;
}

/** Two amounts of different currencies were put together. A bug of the caller. */
export class CurrencyMismatchError extends Error {
  override readonly name = "CurrencyMismatchError";
}

/** A string is not a decimal amount with at most two decimals. */
export class DecimalFormatError extends Error {
  override readonly name = "DecimalFormatError";
}

const decimalPattern = /^(-?)(\d{1,16})(?:\.(\d{1,2}))?$/;

/** Renders minor units as a decimal string with exactly two decimals: `14900000n` -> `149000.00`. */
export function toDecimal(amountMinor: bigint): string {
  const sign = amountMinor < 0n ? "-" : "";
  const digits = (amountMinor < 0n ? -amountMinor : amountMinor).toString().padStart(3, "0");
  return `${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/**
 * Reads a decimal string of at most 16 digits and 2 decimals as minor units: `149000.5` -> `14900050n`.
 * @throws DecimalFormatError for anything else, exponents and thousands separators included.
 */
export function fromDecimal(decimal: string): bigint {
  const match = decimalPattern.exec(decimal);
  if (match === null)
    throw new DecimalFormatError(`not a decimal amount with at most two decimals: ${decimal.slice(0, 40)}`);
  const [, sign, whole = "", fraction = ""] = match;
  const minor = BigInt(whole + fraction.padEnd(2, "0"));
  return sign === "-" ? -minor : minor;
}

/** Adds amounts of one currency; of none, zero in `currency`. @throws CurrencyMismatchError */
export function sum(amounts: readonly Money[], currency: string): Money {
  let amountMinor = 0n;
  for (const amount of amounts) {
    if (amount.currency !== currency) throw new CurrencyMismatchError(`${amount.currency} added to ${currency}`);
    amountMinor += amount.amountMinor;
  }
  return { amountMinor, currency };
}

/** Multiplies an amount by a whole quantity. */
export function times(price: Money, quantity: number): Money {
  return { amountMinor: price.amountMinor * BigInt(quantity), currency: price.currency };
}
