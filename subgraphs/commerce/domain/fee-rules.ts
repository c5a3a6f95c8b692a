import type { SettlementRow } from "./settlement-file.ts";

/** What a provider may keep of a charge by one method, from a day on until the next rule of that method. */
export interface FeeRule {
  readonly methodId: string;
  readonly validFrom: Date;
  /** Hundredths of a per cent of the charge. */
  readonly basisPoints: number;
  readonly fixedMinor: bigint;
  /** PPN on the fee: a rate on a part of it, as 12 % on 11/12. */
  readonly vatBasisPoints: number;
  readonly vatBaseNumerator: number;
  readonly vatBaseDenominator: number;
  /** By how much fee and PPN may each differ: roundings are not worth a person's time. */
  readonly toleranceMinor: bigint;
}

/** A fee and the tax on it, in minor units. */
export interface Fee {
  readonly feeMinor: bigint;
  readonly vatMinor: bigint;
}

/** What is agreed for a row, and whether the row keeps to it. Null: nothing is agreed. */
export interface FeeVerdict {
  readonly agreed: Fee | null;
  readonly isKept: boolean;
}

const nothing: Fee = { feeMinor: 0n, vatMinor: 0n };
const whole = 10_000n;

function rounded(product: bigint, divisor: bigint): bigint {
  return (product + divisor / 2n) / divisor;
}

/** The fee and its tax by a rule, each rounded to the nearest sen, halves up. */
export function feeOf(rule: FeeRule, grossMinor: bigint): Fee {
  const feeMinor = rounded(grossMinor * BigInt(rule.basisPoints), whole) + rule.fixedMinor;
  const taxed = feeMinor * BigInt(rule.vatBasisPoints) * BigInt(rule.vatBaseNumerator);
  return { feeMinor, vatMinor: rounded(taxed, whole * BigInt(rule.vatBaseDenominator)) };
}

function isWithin(one: bigint, other: bigint, tolerance: bigint): boolean {
  return one - other <= tolerance && other - one <= tolerance;
}

/** The rule of each method that was in force at an instant. */
function inForce(rules: readonly FeeRule[], at: Date): FeeRule[] {
  const latest = new Map<string, FeeRule>();
  for (const rule of rules) {
    const before = latest.get(rule.methodId);
    if (rule.validFrom.getTime() > at.getTime()) continue;
    if (before === undefined || before.validFrom.getTime() < rule.validFrom.getTime()) latest.set(rule.methodId, rule);
  }
  return [...latest.values()];
}

/**
 * Holds what a row keeps against what is agreed with its provider at the time of the charge. Money sent back costs nothing.
 * Where it is not known how the buyer paid, any method of the provider will do.
 */
export function judgeFee(
  rules: readonly FeeRule[],
  charge: { readonly methodId: string | null; readonly at: Date },
  row: Pick<SettlementRow, "type" | "grossMinor"> & Fee,
): FeeVerdict {
  if (row.type === "REFUND") return { agreed: nothing, isKept: row.feeMinor === 0n && row.vatMinor === 0n };
  const current = inForce(rules, charge.at);
  const candidates =
    charge.methodId === null ? current : current.filter(({ methodId }) => methodId === charge.methodId);
  const fits = candidates.find((rule) => {
    const { feeMinor, vatMinor } = feeOf(rule, row.grossMinor);
    return (
      isWithin(row.feeMinor, feeMinor, rule.toleranceMinor) && isWithin(row.vatMinor, vatMinor, rule.toleranceMinor)
    );
  });
  if (fits !== undefined) return { agreed: feeOf(fits, row.grossMinor), isKept: true };
  const [first] = candidates;
  return { agreed: first === undefined ? null : feeOf(first, row.grossMinor), isKept: false };
}
