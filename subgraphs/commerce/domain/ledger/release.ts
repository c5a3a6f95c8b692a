import type { Money } from "../../../../platform/values/money.ts";
import { accounts } from "./movements.ts";
import { credit, debit, type LedgerTransaction, transactionOf } from "./transaction.ts";

/** A part of what is released, and whose it is. */
export interface ReleaseLeg {
  readonly account: string;
  readonly amount: Money;
}

function isSomething({ amount }: ReleaseLeg): boolean {
  return amount.amountMinor !== 0n;
}

/**
 * The order is complete: its escrow, and what funders of vouchers add to it, goes to those it is owed to. The order is the
 * cause, so it is released once.
 */
export function release(
  orderId: string,
  escrow: Money,
  subsidies: readonly ReleaseLeg[],
  legs: readonly ReleaseLeg[],
): LedgerTransaction {
  return transactionOf("release", orderId, [
    debit(accounts.buyerEscrow(orderId), escrow),
    ...subsidies.filter(isSomething).map((leg) => debit(leg.account, leg.amount)),
    ...legs.filter(isSomething).map((leg) => credit(leg.account, leg.amount)),
  ]);
}

/** What a shop or a courier owes is taken from what it is owed. `cause` names the payout that it is done for. */
export function netting(cause: string, payable: string, receivable: string, amount: Money): LedgerTransaction {
  return transactionOf("netting", cause, [debit(payable, amount), credit(receivable, amount)]);
}
