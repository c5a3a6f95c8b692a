import type { Money } from "../../../../platform/values/money.ts";
import { contentOrganisation } from "../affiliate.ts";
import { lineTotal } from "../cart-pricing.ts";
import type { CommissionAccrual, LockedOrder } from "../fulfilment.ts";
import { splitExactly } from "../largest-remainder.ts";
import { accounts } from "../ledger/movements.ts";
import { type ReleaseLeg, release } from "../ledger/release.ts";
import { debit, type LedgerEntry } from "../ledger/transaction.ts";
import type { Transaction } from "../ports.ts";
import { type ReleasableOrder, splitRelease } from "../release-split.ts";

function toReleasable(order: LockedOrder): ReleasableOrder {
  return {
    totalMinor: order.total.amountMinor,
    placedAt: order.placedAt,
    lines: order.lines.map((line) => ({
      id: line.id,
      totalMinor: lineTotal(line).amountMinor,
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
  const split = splitRelease(toReleasable(order), escrowMinor, await tx.fulfilment.rules(), at);
  const leg = (account: string, amountMinor: bigint): ReleaseLeg => ({ account, amount: { amountMinor, currency } });
  await tx.ledger.post(
    release(order.id, { amountMinor: escrowMinor, currency }, [
      leg(accounts.sellerPayable(order.shopId), split.sellerMinor),
      leg(accounts.courierPayable, split.courierMinor),
      leg(accounts.platformRevenue, split.platformFeeMinor),
      leg(accounts.ppnPayable, split.ppnMinor),
      leg(accounts.affiliatePayable(contentOrganisation), split.affiliateMinor),
    ]),
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

/** From whom a refund of a completed order is taken: debits that sum to it, and how much of it is commission. */
export interface Reversal {
  readonly from: readonly LedgerEntry[];
  readonly commissionMinor: bigint;
}

/**
 * Takes a refund of a completed order back from those who were given its money, each in proportion to what they still have
 * of it: the shop owes its part (a receivable), fee, tax and commission are reversed. The last refund takes exactly the rest.
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
  const parts = splitExactly(refund.amountMinor, remaining);
  const from = codes.flatMap((account, index) => {
    const amountMinor = parts[index] ?? 0n;
    return amountMinor === 0n ? [] : [debit(account, { amountMinor, currency: refund.currency })];
  });
  return { from, commissionMinor: parts.at(-1) ?? 0n };
}
