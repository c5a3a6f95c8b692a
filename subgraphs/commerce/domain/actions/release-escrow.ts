import type { Money } from "../../../../platform/values/money.ts";
import { contentOrganisation } from "../affiliate.ts";
import { lineTotal } from "../cart-pricing.ts";
import type { CommissionAccrual, LockedOrder } from "../fulfilment.ts";
import { splitExactly } from "../largest-remainder.ts";
import { accounts, shippingBorne } from "../ledger/movements.ts";
import { type ReleaseLeg, release } from "../ledger/release.ts";
import { debit, type LedgerEntry } from "../ledger/transaction.ts";
import type { Transaction } from "../ports.ts";
import { type ReleasableOrder, splitRelease } from "../release-split.ts";
import { isCourierOwed } from "../shipping/shipment.ts";

function shippingOf({ shipment }: LockedOrder): ReleasableOrder["shipping"] {
  if (shipment === null) return { feeMinor: 0n, isCourierOwed: false };
  return { feeMinor: shipment.fee.amountMinor, isCourierOwed: isCourierOwed(shipment.status) };
}

function toReleasable(order: LockedOrder): ReleasableOrder {
  return {
    totalMinor: order.total.amountMinor,
    shipping: shippingOf(order),
    placedAt: order.placedAt,
    lines: order.lines.map((line) => ({
      id: line.id,
      totalMinor: lineTotal(line).amountMinor,
      attribution: line.attribution,
    })),
  };
}

/** A courier that carried the parcel is owed its whole fee; what refunds have left too little of, the platform bears. */
async function bearShipping(tx: Transaction, order: LockedOrder, escrowMinor: bigint, at: Date): Promise<void> {
  const { shipment } = order;
  if (shipment === null || !isCourierOwed(shipment.status) || escrowMinor >= shipment.fee.amountMinor) return;
  const missing = { amountMinor: shipment.fee.amountMinor - escrowMinor, currency: shipment.fee.currency };
  await tx.ledger.post(shippingBorne(order.id, shipment.courier, missing), at);
}

/**
 * Releases what is in a completed order's escrow to shop, courier, platform, state and content organisation, and writes down
 * the commission of each line. The order is the cause: it is released once. Nothing is released when all was refunded before.
 */
export async function releaseEscrow(tx: Transaction, order: LockedOrder, escrowMinor: bigint, at: Date): Promise<void> {
  await bearShipping(tx, order, escrowMinor, at);
  if (escrowMinor === 0n) return;
  const { currency } = order.total;
  const split = splitRelease(toReleasable(order), escrowMinor, await tx.fulfilment.rules(), at);
  const leg = (account: string, amountMinor: bigint): ReleaseLeg => ({ account, amount: { amountMinor, currency } });
  await tx.ledger.post(
    release(order.id, { amountMinor: escrowMinor, currency }, [
      leg(accounts.sellerPayable(order.shopId), split.sellerMinor),
      leg(accounts.courierPayable(order.shipment?.courier ?? ""), split.courierMinor),
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
 * Takes a refund of a completed order back from those who were given its goods' money, each in proportion to what they still
 * have of it: the shop owes its part (a receivable), fee, tax and commission are reversed. The courier did its work and keeps
 * its fee: what is given back beyond the goods, the platform bears. The last refund takes exactly the rest.
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
  const goodsLeftMinor = remaining.reduce((total, part) => total + part, 0n);
  const beyondMinor = refund.amountMinor - goodsLeftMinor;
  const shippingMinor = beyondMinor > 0n ? beyondMinor : 0n;
  const parts = splitExactly(refund.amountMinor - shippingMinor, remaining);
  const ofGoods = codes.map((account, index) => ({ account, amountMinor: parts[index] ?? 0n }));
  const borne = [...ofGoods, { account: accounts.shippingExpense, amountMinor: shippingMinor }];
  const from = borne.flatMap(({ account, amountMinor }) =>
    amountMinor === 0n ? [] : [debit(account, { amountMinor, currency: refund.currency })],
  );
  return { from, commissionMinor: parts.at(-1) ?? 0n };
}
