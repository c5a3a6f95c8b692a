import type { Clock } from "../../../../platform/values/instants.ts";
import { type Money, toDecimal } from "../../../../platform/values/money.ts";
import { tradingCurrency } from "../cart-pricing.ts";
import type { ExceptionBook } from "../exception-book.ts";
import { classOf } from "../ledger/chart.ts";
import { accounts, correction, writeOff } from "../ledger/movements.ts";
import type { KeptException, MoneyExceptionKind } from "../money-exception.ts";
import { type OperatorBook, OperatorRefusal, type People } from "../operator-act.ts";
import type { Transaction } from "../ports.ts";
import type { RefundBook } from "../refund.ts";

/** What moving money by hand needs. */
export interface HandDependencies {
  readonly acts: OperatorBook;
  readonly refunds: RefundBook;
  readonly exceptions: ExceptionBook;
  readonly clock: Clock;
}

/** A correction of the books. */
export interface Correction {
  /** Chosen by who posts: the same key posts once. */
  readonly key: string;
  readonly debited: string;
  readonly credited: string;
  readonly amount: Money;
  readonly reason: string;
}

// Money stands open for these: one person alone may not say that it is nobody's business any more.
const needTwo: readonly MoneyExceptionKind[] = [
  "LATE_MONEY_BY_HAND",
  "UNCLAIMED_MONEY",
  "MISSING_ROW",
  "PAYOUT_SENT_AFTER_ALL",
];

// Closed alone, these would leave money that is promised and that nobody looks after any more.
const endedBy: Partial<Record<MoneyExceptionKind, string>> = {
  REFUND_BY_HAND: "send the money back, then `operate refund-done",
  PAYOUT_UNKNOWN: "ask the bank, then `operate payout-done",
};

// What may not be taken below zero: the accounts of which `ledger:verify` says so.
const receivables = ["seller_receivable", "courier_receivable"];
const neverOverdrawn = ["seller_payable", "courier_payable", "refund_payable", "suspense", ...receivables];

async function requireAccount(acts: OperatorBook, tx: Transaction, code: string): Promise<void> {
  if (classOf(code) === null)
    throw new OperatorRefusal(`${code} is no account: domain/ledger/chart.ts has their names`);
  if (code.startsWith("buyer_escrow:")) {
    throw new OperatorRefusal(`${code} is moved by refunds and releases alone: refund the order instead`);
  }
  // A name with an owner that nothing was ever posted to is most likely a slip of the pen.
  if (code.includes(":") && !(await acts.hasAccount(tx, code))) {
    throw new OperatorRefusal(`nothing was ever posted to ${code}: check the name`);
  }
}

/** Whether more is taken from an account than it has, with what is promised from it counted as taken. */
async function requireFunds(tx: Transaction, codes: readonly string[]): Promise<void> {
  const watched = codes.filter((code) => neverOverdrawn.includes(code.split(":")[0] ?? ""));
  const balances = await tx.transfers.lockBalances(watched, tradingCurrency);
  for (const code of watched) {
    const { balanceMinor = 0n, pendingDebitMinor = 0n, pendingCreditMinor = 0n } = balances.get(code) ?? {};
    const isReceivable = receivables.includes(code.split(":")[0] ?? "");
    const left = isReceivable ? balanceMinor - pendingCreditMinor : -balanceMinor - pendingDebitMinor;
    if (left < 0n) throw new OperatorRefusal(`${code} would have ${toDecimal(left)}: there is not so much in it`);
  }
}

/**
 * Posts a correction in the caller's transaction, with who agreed and why. The same key with the same content posts once.
 * @throws OperatorRefusal for an account that is none, is an order's escrow, or would be overdrawn; LedgerConflictError when
 * the key was used for something else.
 */
export async function postCorrection(
  { acts, clock }: HandDependencies,
  tx: Transaction,
  { key, debited, credited, amount, reason }: Correction,
  people: People,
): Promise<object> {
  if (debited === credited) throw new OperatorRefusal("the two accounts must be different ones");
  if (amount.amountMinor <= 0n) throw new OperatorRefusal("the amount is above zero: swap the accounts instead");
  // Held for the whole transaction, so that nobody spends what the check has seen.
  await tx.transfers.lockBalances([debited, credited], tradingCurrency);
  for (const code of [debited, credited]) await requireAccount(acts, tx, code);
  const ledgerId = await tx.ledger.post(correction(key, debited, credited, amount), clock());
  const isPostedBefore = (await acts.about(tx, [key])).some(({ kind }) => kind === "CORRECTION_POSTED");
  if (!isPostedBefore) {
    await requireFunds(tx, [debited, credited]);
    await acts.append(tx, { ...people, kind: "CORRECTION_POSTED", subject: key, outcome: ledgerId, note: reason });
  }
  return { correction: key, ledgerTransaction: ledgerId, posted: isPostedBefore ? "before" : "now" };
}

/** What stands open for a difference, from where it is taken and to where it goes; null: nothing does. */
function openAmountOf({ provider, kind, expectedMinor, reportedMinor }: KeptException) {
  if (kind === "MISSING_ROW" && expectedMinor !== null) {
    return { amountMinor: expectedMinor, from: accounts.providerClearing(provider), to: accounts.writeOff };
  }
  if (kind === "FEE_DIFFERS" && reportedMinor !== null) {
    // The provider's fee is taken as it is: what was put aside becomes an expense.
    const amountMinor = reportedMinor - (expectedMinor ?? 0n);
    return { amountMinor, from: accounts.feeSuspense(provider), to: accounts.mdrExpense };
  }
  return null;
}

async function postWriteOff(tx: Transaction, found: KeptException, at: Date): Promise<string> {
  const { id, kind } = found;
  const open = openAmountOf(found);
  if (open === null || open.amountMinor === 0n) {
    throw new OperatorRefusal(
      `our books have nothing that a ${kind} would write off: \`operate post\` a correction, then close it`,
    );
  }
  const isPositive = open.amountMinor > 0n;
  const [from, to] = isPositive ? [open.from, open.to] : [open.to, open.from];
  const amountMinor = isPositive ? open.amountMinor : -open.amountMinor;
  const amount = { amountMinor, currency: found.currency ?? tradingCurrency };
  return tx.ledger.post(writeOff(id, from, to, amount), at);
}

/**
 * Ends a difference in the caller's transaction because people decided so; with `isWrittenOff`, what stands open in the books
 * for it is given up, which two must decide. No later file opens it again.
 * @throws OperatorRefusal when it is not open, or there is nothing to write off.
 */
export async function closeException(
  { exceptions, clock }: HandDependencies,
  tx: Transaction,
  exceptionId: string,
  { resolution, isWrittenOff }: { readonly resolution: string; readonly isWrittenOff: boolean },
  people: People,
): Promise<object> {
  const found = await exceptions.lock(tx, exceptionId);
  if (found === null)
    throw new OperatorRefusal(`there is no exception ${exceptionId}: see \`operate exceptions list\``);
  if (found.closedAt !== null)
    throw new OperatorRefusal(`${exceptionId} was closed at ${found.closedAt.toISOString()}`);
  const instead = endedBy[found.kind];
  if (instead !== undefined) throw new OperatorRefusal(`${instead} ${found.reference}\`: it closes this too`);
  if (needTwo.includes(found.kind) && people.secondPerson === null) {
    throw new OperatorRefusal(`money stands open for a ${found.kind}: two people must agree: --second-person NAME`);
  }
  const ledgerId = isWrittenOff ? await postWriteOff(tx, found, clock()) : null;
  await exceptions.closeByHand(tx, exceptionId, people, resolution, ledgerId);
  return { closed: exceptionId, ledgerTransaction: ledgerId };
}

/** Gives a difference to somebody, in the caller's transaction. @throws OperatorRefusal when it is not open. */
export async function assignException(
  { exceptions, acts }: HandDependencies,
  tx: Transaction,
  exceptionId: string,
  to: string,
  people: People,
): Promise<object> {
  const found = await exceptions.lock(tx, exceptionId);
  if (found === null || found.closedAt !== null) throw new OperatorRefusal(`no exception ${exceptionId} is open`);
  await exceptions.assign(tx, exceptionId, to);
  await acts.append(tx, { ...people, kind: "EXCEPTION_ASSIGNED", subject: exceptionId, outcome: to, note: null });
  return { assigned: exceptionId, to };
}
