import type { Money } from "../../../../platform/values/money.ts";
import { chargeCause, lateMoney, outOfSuspense, refundOwed, refundPaid } from "../ledger/movements.ts";
import { isCapturedBy, type LockedPayment, type PaymentEventSource } from "../payment.ts";
import { isPayable } from "../payment-status.ts";
import type { DurableWork, Transaction } from "../ports.ts";
import { cancelUnpaidOrders, confirmPaidOrders, honourLatePayment, type UnpaidOutcome } from "./settle-payment.ts";
import { startDeadline } from "./start-deadline.ts";

/** Money that a provider has taken for a payment. */
export interface Charge {
  /** The provider's reference of the charge. */
  readonly reference: string;
  readonly amount: Money;
  readonly paidAt: Date;
  /** Who said so. */
  readonly source: PaymentEventSource;
  /** False when the provider was told that another charge is the one that pays. */
  readonly mayConfirm: boolean;
}

/** What became of a charge. `held`: it is not what was asked for and makes nothing paid. */
export type ChargeEffect = "taken" | "held";

const refusedCharge = "charge-refused";

// The run of this id is started once, so money of one charge is owed back once.
const refundRunOf = (payment: LockedPayment, reference: string): string =>
  `refund-late-money:${chargeCause(payment.provider, reference)}`;

/** Whether two sums are the same money. */
export function isSameMoney(one: Money, other: Money): boolean {
  return one.amountMinor === other.amountMinor && one.currency === other.currency;
}

async function oweBack(
  work: DurableWork,
  tx: Transaction,
  payment: LockedPayment,
  { reference, amount }: Pick<Charge, "reference" | "amount">,
  reason?: string,
): Promise<void> {
  await work.startInTx(tx, "refund-late-money", refundRunOf(payment, reference), {
    paymentId: payment.id,
    reference,
    amountMinor: amount.amountMinor.toString(),
    currency: amount.currency,
    ...(reason === undefined ? {} : { reason }),
  });
}

/** What stands in suspense for the payment: sums that were held and neither owed back nor corrected. */
async function heldOf(tx: Transaction, payment: LockedPayment): Promise<Pick<Charge, "reference" | "amount">[]> {
  const held: Pick<Charge, "reference" | "amount">[] = [];
  for (const { kind, detail } of await tx.payments.events(payment.id)) {
    if (kind !== "money-held") continue;
    const reference = String(detail.reference);
    const cause = chargeCause(payment.provider, reference);
    if ((await tx.ledger.entriesOf("out-of-suspense", `late-money ${cause}`)).length > 0) continue;
    if ((await tx.ledger.entriesOf("refund-owed", cause)).length > 0) continue;
    const amount = { amountMinor: BigInt(String(detail.amountMinor)), currency: String(detail.currency) };
    held.push({ reference, amount });
  }
  return held;
}

/** Owes back what is held for a payment that will not be paid any more. */
export async function oweBackHeld(work: DurableWork, tx: Transaction, payment: LockedPayment): Promise<void> {
  for (const held of await heldOf(tx, payment)) await oweBack(work, tx, payment, held);
}

/**
 * Takes what was posted under a cause out of suspense again, `most` of it at the most: once. Answers what is left there, which
 * is nothing when nothing was posted, or when it was done before.
 */
async function reverse(
  tx: Transaction,
  kind: "late-money" | "unclaimed-money",
  { provider, amount: { currency } }: LockedPayment,
  reference: string,
  at: Date,
  most?: bigint,
): Promise<bigint> {
  const cause = chargeCause(provider, reference);
  const [entry] = (await tx.ledger.entriesOf(kind, cause)).filter((posted) => posted.amountMinor > 0n);
  if (entry === undefined || (await tx.ledger.entriesOf("out-of-suspense", `${kind} ${cause}`)).length > 0) return 0n;
  const amountMinor = most !== undefined && most < entry.amountMinor ? most : entry.amountMinor;
  await tx.ledger.post(outOfSuspense(provider, kind, cause, { amountMinor, currency }), at);
  if (kind === "unclaimed-money") {
    await tx.exceptions.close({ provider, kind: "UNCLAIMED_MONEY", reference }, "a call named its payment");
  }
  return entry.amountMinor - amountMinor;
}

/**
 * The provider is told that we do not take a charge, for which it gives the money back to the payer: what was booked of it in
 * the meantime is taken back, and no answer that the provider gave before makes it ours (`isRefused`).
 */
export async function refuseCharge(
  tx: Transaction,
  payment: LockedPayment,
  reference: string,
  verdict: string,
  at: Date,
): Promise<void> {
  const { provider } = payment;
  const cause = chargeCause(provider, reference);
  await reverse(tx, "late-money", payment, reference, at);
  // Nothing of it stands in suspense any more, so nobody needs to find a way back for it.
  if ((await tx.ledger.entriesOf("out-of-suspense", `late-money ${cause}`)).length > 0) {
    const resolution = "the provider was told that we do not take it, and gives it back";
    await tx.exceptions.close({ provider, kind: "LATE_MONEY_BY_HAND", reference }, resolution);
  }
  const detail = { reference, verdict };
  await tx.payments.appendEvent({ paymentId: payment.id, kind: refusedCharge, source: "notification", detail }, at);
}

/** Whether the provider was told that we do not take the charge. */
export async function isRefused(tx: Transaction, payment: LockedPayment, reference: string): Promise<boolean> {
  const events = await tx.payments.events(payment.id);
  return events.some(({ kind, detail }) => kind === refusedCharge && detail.reference === reference);
}

/** The shops have until a deadline to send what was paid. */
export async function awaitShipping(
  work: DurableWork,
  tx: Transaction,
  { orders }: LockedPayment,
  at: Date,
): Promise<void> {
  for (const { id } of orders) await startDeadline(work, tx, "SHIP_BY", id, at);
}

async function takeFull(work: DurableWork, tx: Transaction, payment: LockedPayment, charge: Charge, at: Date) {
  const { provider } = payment;
  const { reference, amount, source, paidAt } = charge;
  const outcome = { source, providerReference: reference, paidAt, at };
  if (charge.mayConfirm && (await confirmPaidOrders(tx, payment, outcome))) {
    // What was held of this charge pays for the orders, and what it is more than that is owed back; so is what was held of
    // other charges, which are too many.
    const amountMinor = await reverse(tx, "late-money", payment, reference, at, amount.amountMinor);
    if (amountMinor > 0n) await oweBack(work, tx, payment, { reference, amount: { ...amount, amountMinor } });
    await oweBackHeld(work, tx, payment);
    await awaitShipping(work, tx, payment, at);
    return;
  }
  // A status query was quicker with the very same charge; otherwise the money is one charge too many or too late.
  if (isCapturedBy(payment, reference)) return;
  const cause = chargeCause(provider, reference);
  if ((await tx.ledger.entriesOf("late-money", cause)).length > 0) return;
  await tx.ledger.post(lateMoney(provider, cause, amount), at);
  if ((await honourLatePayment(tx, payment, outcome)) === "honoured") await awaitShipping(work, tx, payment, at);
  else await oweBack(work, tx, payment, charge);
}

async function hold(work: DurableWork, tx: Transaction, payment: LockedPayment, charge: Charge, at: Date) {
  const { provider } = payment;
  const { reference, amount, source } = charge;
  const cause = chargeCause(provider, reference);
  const posted = await tx.ledger.entriesOf("late-money", cause);
  if (
    isCapturedBy(payment, reference) ||
    posted.some((entry) => entry.amountMinor > 0n && entry.amountMinor !== amount.amountMinor)
  ) {
    await oweBack(work, tx, payment, charge, "the charge was booked with another sum");
    return;
  }
  if (posted.length === 0) {
    await tx.ledger.post(lateMoney(provider, cause, amount), at);
    const detail = { reference, amountMinor: amount.amountMinor.toString(), currency: amount.currency };
    await tx.payments.appendEvent({ paymentId: payment.id, kind: "money-held", source, detail }, at);
  }
  if (!isPayable(payment.status)) await oweBack(work, tx, payment, charge);
}

/**
 * Books a charge that the provider has, once for its reference however often it is told. The whole sum confirms the orders;
 * too late or once too often, it stands in suspense, then honours the orders if their stock is still there, else it is owed
 * back. Another sum stands in suspense until the payment ends. Another currency is never posted: a person must look.
 */
export async function takeCharge(
  work: DurableWork,
  tx: Transaction,
  payment: LockedPayment,
  charge: Charge,
  at: Date,
): Promise<ChargeEffect> {
  if (charge.amount.currency !== payment.amount.currency) {
    await oweBack(work, tx, payment, charge, "it is in another currency than the payment and is not in the ledger");
    return "held";
  }
  await reverse(tx, "unclaimed-money", payment, charge.reference, at);
  if (isSameMoney(charge.amount, payment.amount)) {
    await takeFull(work, tx, payment, charge, at);
    return "taken";
  }
  await hold(work, tx, payment, charge, at);
  return "held";
}

/**
 * Ends a payment that will not come, as `cancelUnpaidOrders` does, and owes back what is held for it; `isSentBack`: the
 * provider has sent that back already.
 */
export async function endUnpaid(
  work: DurableWork,
  tx: Transaction,
  payment: LockedPayment,
  outcome: UnpaidOutcome,
  isSentBack = false,
): Promise<void> {
  if (!(await cancelUnpaidOrders(tx, payment, outcome))) return;
  for (const held of await heldOf(tx, payment)) {
    if (!isSentBack) {
      await oweBack(work, tx, payment, held);
      continue;
    }
    const cause = chargeCause(payment.provider, held.reference);
    await tx.ledger.post(refundOwed(payment.provider, cause, held.amount), outcome.at);
    await tx.ledger.post(refundPaid(payment.provider, cause, held.amount), outcome.at);
  }
}
