import type { Money } from "../../../../platform/values/money.ts";
import { contentOrganisation } from "../affiliate.ts";
import { lineTotal } from "../cart-pricing.ts";
import type { CommissionAccrual, LockedOrder } from "../fulfilment.ts";
import { splitExactly } from "../largest-remainder.ts";
import { accounts, shippingBorne } from "../ledger/movements.ts";
import { type ReleaseLeg, release } from "../ledger/release.ts";
import { credit, debit, type LedgerEntry } from "../ledger/transaction.ts";
import type { Transaction } from "../ports.ts";
import { type ReleasableOrder, splitRelease } from "../release-split.ts";
import { isCourierOwed } from "../shipping/shipment.ts";
import { postBilled } from "./carriage-fee.ts";

function shippingOf({ shipment }: LockedOrder): ReleasableOrder["shipping"] {
  if (shipment === null) return { feeMinor: 0n, isCourierOwed: false };
  return { feeMinor: shipment.fee.amountMinor, isCourierOwed: isCourierOwed(shipment.status) };
}

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
    shipping: shippingOf(order),
    placedAt: order.placedAt,
    lines: order.lines.map((line) => ({
      id: line.id,
      totalMinor: lineTotal(line).amountMinor - line.discount.amountMinor + (added.get(line.id) ?? 0n),
      attribution: line.attribution,
    })),
  };
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
  const added = await platformDiscounts(tx, order);
  const addedMinor = [...added.values()].reduce((total, amount) => total + amount, 0n);
  // Refunds are of the goods first: what they have left of what the buyer paid for them is added to, and nothing else.
  const { feeMinor } = shippingOf(order);
  const goodsLeftMinor = escrowMinor > feeMinor ? escrowMinor - feeMinor : 0n;
  const subsidyMinor = (addedMinor * goodsLeftMinor) / (order.total.amountMinor - feeMinor);
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
 * Takes a refund of a completed order back from those who were given its goods' money, each in proportion to what they still
 * have of it: the shop owes its part (a receivable), fee, tax and commission are reversed; what the platform had added for the
 * part that goes back returns to it. The courier did its work and keeps its fee: what is given back beyond the goods, the
 * platform bears. The last refund takes exactly the rest.
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
  const addedMinor = -remainingOf(platform);
  // What is left of the goods that the buyer paid; the rest of it the platform added.
  const paidLeftMinor = goodsLeftMinor - addedMinor;
  const beyondMinor = refund.amountMinor - paidLeftMinor;
  const shippingMinor = beyondMinor > 0n ? beyondMinor : 0n;
  const goodsMinor = refund.amountMinor - shippingMinor;
  const addedBackMinor = paidLeftMinor === 0n ? 0n : (addedMinor * goodsMinor) / paidLeftMinor;
  const parts = splitExactly(goodsMinor + addedBackMinor, remaining);
  const ofGoods = codes.map((account, index) => ({ account, amountMinor: parts[index] ?? 0n }));
  const borne = [...ofGoods, { account: accounts.shippingExpense, amountMinor: shippingMinor }];
  const { currency } = refund;
  const from = borne.flatMap(({ account, amountMinor }) =>
    amountMinor === 0n ? [] : [debit(account, { amountMinor, currency })],
  );
  const toFunder = addedBackMinor === 0n ? [] : [credit(platform, { amountMinor: addedBackMinor, currency })];
  return { from: [...from, ...toFunder], commissionMinor: parts.at(-1) ?? 0n };
}
