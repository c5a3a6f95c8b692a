import type { Attribution } from "./attribution.ts";
import { splitExactly } from "./largest-remainder.ts";
import { type MoneyRule, ruleAt } from "./money-rules.ts";

/** What of an order decides who gets how much of it. Amounts in minor units. */
export interface ReleasableOrder {
  /** With the shipping fee. */
  readonly totalMinor: bigint;
  /** What the buyer paid for carrying it, and whether its courier is owed that; where none is, the shop sent it by itself. */
  readonly shipping: { readonly feeMinor: bigint; readonly isCourierOwed: boolean };
  readonly placedAt: Date;
  readonly lines: readonly ReleasableLine[];
}

/** A line, and the click that brought it. */
export interface ReleasableLine {
  readonly id: string;
  readonly totalMinor: bigint;
  readonly attribution: Attribution | null;
}

/** A commission on one line. */
export interface Commission {
  readonly lineId: string;
  readonly attribution: Attribution;
  readonly amountMinor: bigint;
}

/** Who gets what of the escrow: the parts sum to what was in it, exactly. */
export interface ReleaseSplit {
  readonly sellerMinor: bigint;
  readonly courierMinor: bigint;
  readonly platformFeeMinor: bigint;
  readonly ppnMinor: bigint;
  readonly affiliateMinor: bigint;
  /** The affiliate's part by line; those that get nothing are left out. */
  readonly commissions: readonly Commission[];
}

const dayMs = 86_400_000;
const whole = 10_000n;

/** Whether a click is within the window before the order: the last one is the one that the line has. */
function isWithinWindow(attribution: Attribution | null, rule: MoneyRule, placedAt: Date): attribution is Attribution {
  if (attribution === null || rule.windowDays === null) return false;
  return placedAt.getTime() - attribution.clickedAt.getTime() <= rule.windowDays * dayMs;
}

/**
 * Splits `escrowMinor`, what is left of an order's payment after refunds, by the rules of their day: fee and commission are
 * those of the day the order was placed, the tax on the fee that of the day the fee is earned. `order` is without the goods that
 * went back (kept-goods.ts). Other refunds were of the goods first, of the shipping fee last; they lower every part of the
 * goods alike. Seller, platform fee, tax on the fee, commission: of the goods alone, rounded by largest remainder. The shipping
 * fee goes whole to who carried the parcel.
 */
export function splitRelease(
  order: ReleasableOrder,
  escrowMinor: bigint,
  rules: readonly MoneyRule[],
  earnedAt: Date,
): ReleaseSplit {
  const shippingMinor = order.shipping.feeMinor < escrowMinor ? order.shipping.feeMinor : escrowMinor;
  const goodsMinor = order.totalMinor - order.shipping.feeMinor;
  const fee = ruleAt(rules, "PLATFORM_FEE", order.placedAt);
  const tax = ruleAt(rules, "PPN", earnedAt);
  const commission = ruleAt(rules, "AFFILIATE_COMMISSION", order.placedAt);
  const attributed =
    commission === null
      ? []
      : order.lines.flatMap(({ id, totalMinor, attribution }) =>
          isWithinWindow(attribution, commission, order.placedAt) ? [{ id, totalMinor, attribution }] : [],
        );
  const attributedMinor = attributed.reduce((total, line) => total + line.totalMinor, 0n);
  // Weights over one denominator: whole * whole * (denominator of the tax's base) * (the goods' total).
  const taxDenominator = BigInt(tax?.baseDenominator ?? 1);
  const unit = whole * taxDenominator * goodsMinor;
  const feePoints = BigInt(fee?.basisPoints ?? 0);
  const feeWeight = feePoints * unit;
  const taxWeight = feePoints * BigInt(tax?.basisPoints ?? 0) * BigInt(tax?.baseNumerator ?? 0) * goodsMinor;
  const affiliateWeight = BigInt(commission?.basisPoints ?? 0) * attributedMinor * whole * taxDenominator;
  const sellerWeight = whole * unit - feeWeight - taxWeight - affiliateWeight;
  const weights = [sellerWeight, feeWeight, taxWeight, affiliateWeight];
  const [goodsOfSeller = 0n, platformFeeMinor = 0n, ppnMinor = 0n, affiliateMinor = 0n] = splitExactly(
    escrowMinor - shippingMinor,
    weights,
  );
  const byLine = splitExactly(
    affiliateMinor,
    attributed.map((line) => line.totalMinor),
  );
  const commissions = attributed.flatMap(({ id, attribution }, index) => {
    const amountMinor = byLine[index] ?? 0n;
    return amountMinor === 0n ? [] : [{ lineId: id, attribution, amountMinor }];
  });
  const { isCourierOwed } = order.shipping;
  const sellerMinor = isCourierOwed ? goodsOfSeller : goodsOfSeller + shippingMinor;
  const courierMinor = isCourierOwed ? shippingMinor : 0n;
  return { sellerMinor, courierMinor, platformFeeMinor, ppnMinor, affiliateMinor, commissions };
}
