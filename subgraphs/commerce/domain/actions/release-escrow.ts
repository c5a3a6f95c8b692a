import type { Money } from "../../../../platform/values/money.ts";
import { contentOrganisation } from "../affiliate.ts";
import type { CommissionAccrual, LockedOrder } from "../fulfilment.ts";
import { type KeptGoods, keptGoods, subsidyOf } from "../kept-goods.ts";
import { accounts, shippingBorne } from "../ledger/movements.ts";
import { type ReleaseLeg, release } from "../ledger/release.ts";
import type { LedgerEntry } from "../ledger/transaction.ts";
import type { Transaction } from "../ports.ts";
import { soldGoods, splitRefund } from "../refund-split.ts";
import { type ReleasableOrder, splitRelease } from "../release-split.ts";
import { isCourierOwed } from "../shipping/shipment.ts";
import { postBilled } from "./carriage-fee.ts";

function shippingOf({ shipment }: LockedOrder): ReleasableOrder["shipping"] {
  if (shipment === null) return { feeMinor: 0n, isCourierOwed: false };
  return { feeMinor: shipment.fee.amountMinor, isCourierOwed: isCourierOwed(shipment.status) };
}

const platform = accounts.promoSubsidy("platform");

/** What the platform adds to what the buyer paid, by line. */
async function platformDiscounts(tx: Transaction, order: LockedOrder): Promise<ReadonlyMap<string, bigint>> {
  if (order.lines.every(({ discount }) => discount.amountMinor === 0n)) return new Map();
  const discounts = await tx.vouchers.discountsOf(order.id);
  return new Map(
    discounts.filter(({ funder }) => funder === "PLATFORM").map(({ lineId, amountMinor }) => [lineId, amountMinor]),
  );
}

async function keptOf(tx: Transaction, order: LockedOrder): Promise<KeptGoods> {
  return keptGoods(order.lines, await platformDiscounts(tx, order), await tx.returns.ofOrder(order.id));
}

/**
 * A courier that carried the parcel is owed its whole fee; what refunds have left too little of, the platform bears. What a bill
 * that came before has more or less is posted together with the fee.
 */
async function bearShipping(tx: Transaction, order: LockedOrder, escrowMinor: bigint, at: Date): Promise<void> {
  const { shipment } = order;
  if (shipment === null || shipment.waybill === null || !isCourierOwed(shipment.status)) return;
  const { courier, waybill, fee } = shipment;
  if (escrowMinor < fee.amountMinor) {
    const missing = { amountMinor: fee.amountMinor - escrowMinor, currency: fee.currency };
    await tx.ledger.post(shippingBorne(order.id, courier, missing), at);
  }
  const booked = await tx.shipping.bookedAs(courier, waybill);
  if (booked?.isBilled === true) await postBilled(tx, shipment, booked, at);
}

/**
 * Releases what is in a completed order's escrow to shop, courier, platform, state and content organisation, and writes down
 * the commission of each line. The order is the cause: it is released once. Nothing is released when all was refunded before.
 */
export async function releaseEscrow(tx: Transaction, order: LockedOrder, escrowMinor: bigint, at: Date): Promise<void> {
  await bearShipping(tx, order, escrowMinor, at);
  if (escrowMinor === 0n) return;
  const { currency } = order.total;
  const kept = await keptOf(tx, order);
  // Refunds are of the goods first: what they have left of what the buyer paid for them is added to, and nothing else.
  const shipping = shippingOf(order);
  const goodsLeftMinor = escrowMinor > shipping.feeMinor ? escrowMinor - shipping.feeMinor : 0n;
  const subsidyMinor = subsidyOf(kept, goodsLeftMinor);
  const sold = soldGoods(kept, shipping, order.placedAt);
  const split = splitRelease(sold, escrowMinor + subsidyMinor, await tx.fulfilment.rules(), at);
  const leg = (account: string, amountMinor: bigint): ReleaseLeg => ({ account, amount: { amountMinor, currency } });
  await tx.ledger.post(
    release(
      order.id,
      { amountMinor: escrowMinor, currency },
      [leg(platform, subsidyMinor)],
      [
        leg(accounts.sellerPayable(order.shopId), split.sellerMinor),
        leg(accounts.courierPayable(order.shipment?.courier ?? ""), split.courierMinor),
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

/** From whom a refund of a completed order is taken: entries that sum to it, and what of it is commission, by line. */
export interface Reversal {
  readonly from: readonly LedgerEntry[];
  readonly commissions: readonly CommissionAccrual[];
}

/** Gives commissions back, line by line. The refund is the cause. */
export async function reverseCommissions(
  tx: Transaction,
  { commissions }: Reversal,
  refundId: string,
  at: Date,
): Promise<void> {
  const reversals = commissions.map((one) => ({ ...one, amountMinor: -one.amountMinor, cause: refundId }));
  await tx.fulfilment.appendAccruals(reversals, at);
}

/**
 * Takes a refund of a completed order back from those who were given its goods' money (refund-split.ts): the shop owes its part
 * (a receivable), fee, tax and commission are reversed; what the platform had added for the part that goes back returns to it.
 * A return that it is for has been received by now. The courier did its work and keeps its fee: what is given back beyond the
 * goods, the platform bears.
 */
export async function reversalOf(tx: Transaction, order: LockedOrder, refund: Money): Promise<Reversal> {
  const released = await tx.fulfilment.released(order.id);
  if (released === null) throw new Error(`order ${order.id} is complete, and nothing of it was released`);
  const left = (code: string): bigint => released.legs.get(code) ?? 0n;
  const receivable = accounts.sellerReceivable(order.shopId);
  const { shipment } = order;
  // A courier that was given the fee and lost the parcel owes it again: the shop has the fee then.
  const courier = shipment?.courier ?? "";
  const isCouriers = left(accounts.courierPayable(courier)) + left(accounts.courierReceivable(courier)) > 0n;
  const given = {
    sellerMinor: left(accounts.sellerPayable(order.shopId)) + left(receivable),
    platformFeeMinor: left(accounts.platformRevenue),
    ppnMinor: left(accounts.ppnPayable),
    commissions: await tx.fulfilment.commissions(order.id),
    subsidyMinor: -left(platform),
    sellersShippingMinor: isCouriers ? 0n : shippingOf(order).feeMinor,
  };
  const terms = { placedAt: order.placedAt, earnedAt: released.at, rules: await tx.fulfilment.rules() };
  const split = splitRefund(given, refund.amountMinor, await keptOf(tx, order), terms);
  const commissions = split.commissions.filter(({ amountMinor }) => amountMinor > 0n);
  const parts: readonly (readonly [string, bigint])[] = [
    [receivable, split.sellerMinor],
    [accounts.platformRevenue, split.platformFeeMinor],
    [accounts.ppnPayable, split.ppnMinor],
    [accounts.affiliatePayable(contentOrganisation), commissions.reduce((sum, one) => sum + one.amountMinor, 0n)],
    [accounts.shippingExpense, split.borneMinor],
    [platform, -split.subsidyMinor],
  ];
  const { currency } = refund;
  const from = parts.flatMap(([account, amountMinor]) =>
    amountMinor === 0n ? [] : [{ account, amountMinor, currency }],
  );
  return { from, commissions };
}
