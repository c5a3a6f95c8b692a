import { splitExactly } from "./largest-remainder.ts";
import { isAbout, type Voucher } from "./voucher.ts";

/** A line that vouchers may be about. Amounts in minor units. */
export interface PricedLine {
  readonly variantId: string;
  readonly shopId: string;
  /** Price times quantity. */
  readonly totalMinor: bigint;
}

/** What a voucher does to a cart. */
export interface VoucherEffect {
  readonly voucher: Voucher;
  readonly discountMinor: bigint;
  /** What must be added so that it counts; 0 when it does. */
  readonly missingMinor: bigint;
  /** What it takes off each line, in the lines' order. */
  readonly byLine: readonly bigint[];
}

// Nothing is sold for nothing: every order has a sum to be paid and every line a price.
const leastLeftMinor = 100n;
const rupiah = 100n;
const whole = 10_000n;

function add(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}

/** The order of application: sellers' vouchers first, then the platform's on what is left; of equals, by code. */
export function inOrderOfApplication(vouchers: readonly Voucher[]): Voucher[] {
  const rank = ({ funder }: Voucher): number => (funder === "SELLER" ? 0 : 1);
  return [...vouchers].sort((one, other) => rank(one) - rank(other) || (one.code < other.code ? -1 : 1));
}

function grossDiscount({ basisPoints, amountMinor }: Voucher, baseMinor: bigint): bigint {
  if (basisPoints === null) return amountMinor ?? 0n;
  return ((baseMinor * BigInt(basisPoints)) / whole / rupiah) * rupiah;
}

function lesser(one: bigint, other: bigint | null): bigint {
  if (other === null || one < other) return one;
  return other;
}

/**
 * What each voucher takes off the lines, in the order of application. The minimum spend is of the lines before any voucher; a
 * part is of what earlier vouchers left, down to whole rupiah; a discount is split over its lines by what they still cost, by
 * largest remainder, and leaves each at least Rp 1.
 */
export function priceVouchers(lines: readonly PricedLine[], vouchers: readonly Voucher[]): VoucherEffect[] {
  const left = lines.map(({ totalMinor }) => totalMinor);
  return inOrderOfApplication(vouchers).map((voucher) => {
    const isMeant = lines.map((line) => isAbout(voucher, line));
    const spentMinor = add(lines.map(({ totalMinor }, index) => (isMeant[index] ? totalMinor : 0n)));
    const missingMinor = voucher.minimumSpendMinor - spentMinor;
    if (missingMinor > 0n || spentMinor === 0n) {
      // A voucher about nothing in the cart needs something of its shop, whatever its minimum.
      const needed = missingMinor > 0n ? missingMinor : rupiah;
      return { voucher, discountMinor: 0n, missingMinor: needed, byLine: lines.map(() => 0n) };
    }
    const weights = left.map((amount, index) =>
      isMeant[index] && amount > leastLeftMinor ? amount - leastLeftMinor : 0n,
    );
    const base = add(left.filter((_, index) => isMeant[index]));
    const discountMinor = lesser(lesser(grossDiscount(voucher, base), add(weights)), voucher.capMinor);
    const byLine = splitExactly(discountMinor, weights);
    for (const [index, part] of byLine.entries()) left[index] = (left[index] ?? 0n) - part;
    return { voucher, discountMinor, missingMinor: 0n, byLine };
  });
}
