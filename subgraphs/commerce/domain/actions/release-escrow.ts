import type { Money } from "../../../../platform/values/money.ts";
import { contentOrganisation } from "../affiliate.ts";
import { lineTotal } from "../cart-pricing.ts";
import type { CommissionAccrual, LockedOrder } from "../fulfilment.ts";
import { splitExactly } from "../largest-remainder.ts";
import { accounts } from "../ledger/movements.ts";
import { type ReleaseLeg, release } from "../ledger/release.ts";
import { credit, debit, type LedgerEntry } from "../ledger/transaction.ts";
import type { Transaction } from "../ports.ts";
import { type ReleasableOrder, splitRelease } from "../release-split.ts";

const platform = accounts.promoSubsidy("platform");

/** What the platform adds to what the buyer paid, by line; a seller's voucher is borne by its shop, as a lower price. */
async function platformDiscounts(tx: Transaction, order: LockedOrder): Promise<ReadonlyMap<string, bigint>> {
  if (order.lines.every(({ discount }) => discount.amountMinor === 0n)) return new Map();
  const discounts = await tx.vouchers.discountsOf(order.id);
  return new Map(
    discounts.filter(({ funder }) => funder === "PLATFORM").map(({ lineId, amountMinor }) => [lineId, amountMinor]),
  );
}

/** The order as the shop sold it: at what the buyer paid and what the platform adds. */
function toReleasable(order: LockedOrder, added: ReadonlyMap<string, bigint>, addedMinor: bigint): ReleasableOrder {
  return {
    totalMinor: order.total.amountMinor + addedMinor,
    placedAt: order.placedAt,
    lines: order.lines.map((line) => ({
      id: line.id,
      totalMinor: lineTotal(line).amountMinor - line.discount.amountMinor + (added.get(line.id) ?? 0n),
      attribution: line.attribution,
    })),
  };
}

/**
 * Releases what is in a completed order's escrow to shop, platform, state and content organisation, and writes down the
 * commission of each line. The order is the cause: it is released once. Nothing is posted when all was refunded before.
 */
export async function releaseEscrow(tx: Transaction, order: LockedOrder, escrowMinor: bigint, at: Date): Promise<void> {
  if (escrowMinor === 0n) return;
  const { currency } = order.total;
  const added = await platformDiscounts(tx, order);
  const addedMinor = [...added.values()].reduce((total, amount) => total + amount, 0n);
  // What was given back of the buyer's part is not added to either.
  const subsidyMinor = (addedMinor * escrowMinor) / order.total.amountMinor;
  const sold = toReleasable(order, added, addedMinor);
  const split = splitRelease(sold, escrowMinor + subsidyMinor, await tx.fulfilment.rules(), at);
  const leg = (account: string, amountMinor: bigint): ReleaseLeg => ({ account, amount: { amountMinor, currency } });
  await tx.ledger.post(
    release(
      order.id,
      { amountMinor: escrowMinor, currency },
      [leg(platform, subsidyMinor)],
      [
        leg(accounts.sellerPayable(order.shopId), split.sellerMinor),
        leg(accounts.courierPayable, split.courierMinor),
        leg(accounts.platformRevenue, split.platformFeeMinor),
        leg(accounts.ppnPayable, split.ppnMinor),
        leg(accounts.affiliatePayable(contentOrganisation), split.affiliateMinor),
      ],
    ),
    at,
  );
  const accruals = split.commissions.map((commission) => ({
    ...commission,
    organisation: contentOrganisation,
    orderId: order.id,
    currency,
    cause: order.id,
  }));
  await tx.fulfilment.appendAccruals(accruals, at);
}

/** Gives a part of the commissions back, line by line. The refund is the cause. */
export async function reverseCommissions(
  tx: Transaction,
  order: LockedOrder,
  refundId: string,
  amountMinor: bigint,
  at: Date,
): Promise<void> {
  if (amountMinor === 0n) return;
  const remaining = await tx.fulfilment.commissions(order.id);
  const parts = splitExactly(
    amountMinor,
    remaining.map((commission) => commission.amountMinor),
  );
  const reversals: CommissionAccrual[] = remaining.flatMap((commission, index) => {
    const part = parts[index] ?? 0n;
    return part === 0n ? [] : [{ ...commission, amountMinor: -part, cause: refundId }];
  });
  await tx.fulfilment.appendAccruals(reversals, at);
}

/** From whom a refund of a completed order is taken: entries that sum to it, and how much of it is commission. */
export interface Reversal {
  readonly from: readonly LedgerEntry[];
  readonly commissionMinor: bigint;
}

/**
 * Takes a refund of a completed order back from those who were given its money, each in proportion to what they still have
 * of it: the shop owes its part (a receivable), fee, tax and commission are reversed. What the platform had added for the
 * part that goes back returns to it. The last refund takes exactly the rest.
 */
export async function reversalOf(tx: Transaction, order: LockedOrder, refund: Money): Promise<Reversal> {
  const given = await tx.fulfilment.releasedLegs(order.id);
  const remainingOf = (...codes: string[]): bigint =>
    codes.reduce((total, code) => total + (given.get(code) ?? 0n), 0n);
  const payable = accounts.sellerPayable(order.shopId);
  const receivable = accounts.sellerReceivable(order.shopId);
  const affiliate = accounts.affiliatePayable(contentOrganisation);
  const codes = [receivable, accounts.platformRevenue, accounts.ppnPayable, affiliate];
  const remaining = [remainingOf(payable, receivable), ...codes.slice(1).map((code) => remainingOf(code))];
  const remainingMinor = remaining.reduce((total, amount) => total + amount, 0n);
  const addedMinor = -remainingOf(platform);
  const addedBackMinor = (addedMinor * refund.amountMinor) / (remainingMinor - addedMinor);
  const parts = splitExactly(refund.amountMinor + addedBackMinor, remaining);
  const from = codes.flatMap((account, index) => {
    const amountMinor = parts[index] ?? 0n;
    return amountMinor === 0n ? [] : [debit(account, { amountMinor, currency: refund.currency })];
  });
  const { currency } = refund;
  const toFunder = addedBackMinor === 0n ? [] : [credit(platform, { amountMinor: addedBackMinor, currency })];
  return { from: [...from, ...toFunder], commissionMinor: parts.at(-1) ?? 0n };
}
