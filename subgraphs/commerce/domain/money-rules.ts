/** What a rule is about: the platform's fee on what is sold, a content organisation's commission on it, PPN on the fee. */
export type MoneyRuleKind = "PLATFORM_FEE" | "AFFILIATE_COMMISSION" | "PPN";

/** A rate from a day on, until the next rule of its kind. The rate is on numerator / denominator of its base. */
export interface MoneyRule {
  readonly kind: MoneyRuleKind;
  readonly validFrom: Date;
  /** Hundredths of a per cent. */
  readonly basisPoints: number;
  /** As 11 of 11/12. */
  readonly baseNumerator: number;
  readonly baseDenominator: number;
  /** For a commission: how many days before the order a click counts; null for other kinds. */
  readonly windowDays: number | null;
}

/** The rule of a kind that was in force at an instant; null when there was none yet. */
export function ruleAt(rules: readonly MoneyRule[], kind: MoneyRuleKind, at: Date): MoneyRule | null {
  return rules.reduce<MoneyRule | null>((latest, rule) => {
    if (rule.kind !== kind || rule.validFrom.getTime() > at.getTime()) return latest;
    return latest === null || rule.validFrom.getTime() > latest.validFrom.getTime() ? rule : latest;
  }, null);
}
