import { type KeptGoods, subsidyOf } from "./kept-goods.ts";
import { splitExactly } from "./largest-remainder.ts";
import type { MoneyRule } from "./money-rules.ts";
import { type Commission, type ReleasableOrder, type ReleaseSplit, splitRelease } from "./release-split.ts";

/** When an order was placed and completed, and by what rules its money was given out. */
export interface SplitTerms {
  readonly placedAt: Date;
  /** When it was released. */
  readonly earnedAt: Date;
  readonly rules: readonly MoneyRule[];
}

/** What those who were given an order's money still have of it, in minor units; its courier's part is not among it. */
export interface GivenMoney<Line extends Pick<Commission, "lineId" | "amountMinor"> = Commission>
  extends Pick<ReleaseSplit, "sellerMinor" | "platformFeeMinor" | "ppnMinor"> {
  readonly commissions: readonly Line[];
  /** What the platform added to it. */
  readonly subsidyMinor: bigint;
  /** A shipping fee that the shop has, because no courier is owed it; zero when a courier was. */
  readonly sellersShippingMinor: bigint;
}

/** From whom a refund is taken: the parts and what the platform bears, less what goes back to it, sum to the refund. */
export interface RefundSplit<Line> extends Pick<ReleaseSplit, "sellerMinor" | "platformFeeMinor" | "ppnMinor"> {
  readonly commissions: readonly Line[];
  /** What the platform had added, and gets back. */
  readonly subsidyMinor: bigint;
  /** Beyond the goods: of the shipping fee, which the courier keeps. */
  readonly borneMinor: bigint;
}

/** The order as it was sold, of the goods that were kept: at what the buyer paid and what the platform adds. */
export function soldGoods(
  { lines, paidMinor, addedMinor }: KeptGoods,
  shipping: ReleasableOrder["shipping"],
  placedAt: Date,
): ReleasableOrder {
  return {
    totalMinor: paidMinor + addedMinor + shipping.feeMinor,
    shipping,
    placedAt,
    lines: lines.map((line) => ({ ...line, totalMinor: line.paidMinor + line.addedMinor })),
  };
}

function least(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}

/** What each has that it should not keep; nobody is given more because others give back. */
function excess(has: bigint, keeps: bigint): bigint {
  return has > keeps ? has - keeps : 0n;
}

/**
 * Takes a refund of a completed order back, so that everybody keeps what the goods that were kept earn it: whoever earned by
 * goods that went back gives that back, whatever is given back without goods is taken from all lines alike. `kept` is without
 * the goods that this refund is for. What rounding leaves is split by largest remainder; the last refund takes exactly the rest.
 */
export function splitRefund<Line extends Pick<Commission, "lineId" | "amountMinor">>(
  given: GivenMoney<Line>,
  refundMinor: bigint,
  kept: KeptGoods,
  { placedAt, earnedAt, rules }: SplitTerms,
): RefundSplit<Line> {
  const { sellerMinor, platformFeeMinor, ppnMinor, commissions, sellersShippingMinor } = given;
  const has = [sellerMinor, platformFeeMinor, ppnMinor, ...commissions.map(({ amountMinor }) => amountMinor)];
  const hasMinor = has.reduce((total, part) => total + part, 0n);
  // The rest of what they have the platform added.
  const paidMinor = hasMinor - given.subsidyMinor;
  const takenMinor = least(refundMinor, paidMinor);
  const leftMinor = paidMinor - takenMinor;
  const goodsLeftMinor = leftMinor - least(leftMinor, sellersShippingMinor);
  const subsidyLeftMinor = least(subsidyOf(kept, goodsLeftMinor), given.subsidyMinor);
  const shipping = { feeMinor: sellersShippingMinor, isCourierOwed: false };
  const keeps = splitRelease(soldGoods(kept, shipping, placedAt), leftMinor + subsidyLeftMinor, rules, earnedAt);
  const earned = new Map(keeps.commissions.map(({ lineId, amountMinor }) => [lineId, amountMinor]));
  const subsidyMinor = given.subsidyMinor - subsidyLeftMinor;
  const [ofSeller = 0n, ofFee = 0n, ofTax = 0n, ...ofLines] = splitExactly(takenMinor + subsidyMinor, [
    excess(sellerMinor, keeps.sellerMinor),
    excess(platformFeeMinor, keeps.platformFeeMinor),
    excess(ppnMinor, keeps.ppnMinor),
    ...commissions.map(({ lineId, amountMinor }) => excess(amountMinor, earned.get(lineId) ?? 0n)),
  ]);
  return {
    sellerMinor: ofSeller,
    platformFeeMinor: ofFee,
    ppnMinor: ofTax,
    commissions: commissions.map((line, index) => ({ ...line, amountMinor: ofLines[index] ?? 0n })),
    subsidyMinor,
    borneMinor: refundMinor - takenMinor,
  };
}
