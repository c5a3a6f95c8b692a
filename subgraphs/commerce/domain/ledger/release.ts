import type { Money } from "../../../../platform/values/money.ts";
import { accounts } from "./movements.ts";
import { credit, debit, type LedgerEntry, type LedgerTransaction, transactionOf } from "./transaction.ts";

/** A part of what is released, and whose it is. */
export interface ReleaseLeg {
  readonly account: string;
  readonly amount: Money;
}

function isSomething({ amount }: ReleaseLeg): boolean {
  return amount.amountMinor !== 0n;
}

/** The order is complete: its escrow goes to those it is owed to. The order is the cause, so it is released once. */
export function release(orderId: string, gross: Money, legs: readonly ReleaseLeg[]): LedgerTransaction {
  return transactionOf("release", orderId, [
    debit(accounts.buyerEscrow(orderId), gross),
    ...legs.filter(isSomething).map((leg) => credit(leg.account, leg.amount)),
  ]);
}

/** Money of an order that is not complete is owed back to its buyer. The refund is the cause. */
export function orderRefund(refundId: string, orderId: string, amount: Money): LedgerTransaction {
  return transactionOf("order-refund", refundId, [
    debit(accounts.buyerEscrow(orderId), amount),
    credit(accounts.refundPayable, amount),
  ]);
}

/** Money of a complete order is owed back: everybody gives back a part of what they got. The refund is the cause. */
export function releaseReversal(refundId: string, amount: Money, legs: readonly ReleaseLeg[]): LedgerTransaction {
  const taken: LedgerEntry[] = legs.filter(isSomething).map((leg) => debit(leg.account, leg.amount));
  return transactionOf("release-reversal", refundId, [...taken, credit(accounts.refundPayable, amount)]);
}

/** The provider sent an order's refund to its buyer. The refund is the cause. */
export function refundSent(refundId: string, provider: string, amount: Money): LedgerTransaction {
  return transactionOf("refund-sent", refundId, [
    debit(accounts.refundPayable, amount),
    credit(accounts.providerClearing(provider), amount),
  ]);
}

/** What a shop owes is taken from what it is owed. `cause` names the payout that it is done for. */
export function netting(cause: string, shopId: string, amount: Money): LedgerTransaction {
  return transactionOf("netting", cause, [
    debit(accounts.sellerPayable(shopId), amount),
    credit(accounts.sellerReceivable(shopId), amount),
  ]);
}
