import type { OrderEvent } from "../fulfilment.ts";
import { capture, honour } from "../ledger/movements.ts";
import type { LockedPayment, PaymentEventSource } from "../payment.ts";
import { payableStatuses } from "../payment-status.ts";
import type { PaymentChanges, Transaction } from "../ports.ts";
import { findShortages } from "../stock.ts";
import { announceAvailability, announcePaidOrders } from "./announce.ts";

/** How a payment's money became known to have come. */
export interface PaidOutcome {
  readonly source: PaymentEventSource;
  /** The provider's reference of the charge, when it gave one. */
  readonly providerReference: string | null;
  /** When the provider says it was paid. */
  readonly paidAt: Date;
  /** Now. */
  readonly at: Date;
}

function changesOf(outcome: PaidOutcome): PaymentChanges {
  const { paidAt, providerReference } = outcome;
  return providerReference === null ? { paidAt } : { paidAt, providerReference };
}

function sharesOf(payment: LockedPayment) {
  return payment.orders.map((order) => ({ orderId: order.id, amount: order.total }));
}

async function appendPaid(tx: Transaction, payment: LockedPayment, kind: string, outcome: PaidOutcome): Promise<void> {
  const detail = { providerReference: outcome.providerReference, paidAt: outcome.paidAt.toISOString() };
  await tx.payments.appendEvent({ paymentId: payment.id, kind, source: outcome.source, detail }, outcome.at);
}

/**
 * The payment came in time and in full: it becomes PAID, its orders CONFIRMED, their stock leaves, each order's share is
 * posted to escrow. The row decides: answers false and changes nothing unless the payment was still payable.
 */
export async function confirmPaidOrders(
  tx: Transaction,
  payment: LockedPayment,
  outcome: PaidOutcome,
): Promise<boolean> {
  if (!(await tx.payments.moveStatus(payment.id, payableStatuses, "PAID", changesOf(outcome)))) return false;
  const held = await tx.stock.reservationsOf(payment.id, "HELD");
  await tx.stock.lock(held.map((reservation) => reservation.variantId));
  await tx.stock.commit(held, outcome.at);
  await tx.vouchers.use(payment.id, outcome.at);
  await tx.orders.moveStatus(payment.id, "PLACED", "CONFIRMED", outcome.at);
  for (const share of sharesOf(payment)) await tx.ledger.post(capture(payment.provider, share), outcome.at);
  await appendPaid(tx, payment, "paid", outcome);
  await announcePaidOrders(tx, payment, outcome.at);
  return true;
}

/** Why unpaid orders end, and who said so. */
export interface UnpaidOutcome {
  readonly status: "EXPIRED" | "FAILED";
  readonly source: PaymentEventSource;
  /** A sentence for the event log, without personal data. */
  readonly reason: string;
  /** Who ends them, and in which words, when it is somebody. */
  readonly because?: Pick<OrderEvent, "by" | "reason">;
  /** Now. */
  readonly at: Date;
}

/**
 * The payment will not come: it becomes EXPIRED or FAILED, its orders CANCELLED, their stock is given back.
 * The row decides: answers false and changes nothing unless the payment was still payable.
 */
export async function cancelUnpaidOrders(
  tx: Transaction,
  payment: LockedPayment,
  outcome: UnpaidOutcome,
): Promise<boolean> {
  if (!(await tx.payments.moveStatus(payment.id, payableStatuses, outcome.status))) return false;
  await tx.flashSales.release(payment.id, outcome.at);
  await tx.vouchers.release(payment.id, outcome.at);
  const held = await tx.stock.reservationsOf(payment.id, "HELD");
  await tx.stock.lock(held.map((reservation) => reservation.variantId));
  await tx.stock.release(held, outcome.at);
  await tx.orders.moveStatus(payment.id, "PLACED", "CANCELLED", outcome.at, outcome.because);
  await tx.payments.appendEvent(
    {
      paymentId: payment.id,
      kind: outcome.status === "EXPIRED" ? "expired" : "failed",
      source: outcome.source,
      detail: { reason: outcome.reason },
    },
    outcome.at,
  );
  await announceAvailability(tx, held, outcome.at);
  return true;
}

/** What became of late money: the orders are honoured; or somebody else has the stock (or voucher), or nobody wants it, and it is sent back. */
export type LateOutcome = "honoured" | "out-of-stock" | "not-wanted" | "not-late";

/**
 * The whole sum came after the orders were cancelled and stands in suspense: honours them when all of their stock can
 * still be had, else changes nothing and answers `out-of-stock`. `not-wanted`: the buyer had ended it. `not-late`: the
 * payment is neither EXPIRED nor FAILED.
 */
export async function honourLatePayment(
  tx: Transaction,
  payment: LockedPayment,
  outcome: PaidOutcome,
): Promise<LateOutcome> {
  if (payment.status !== "EXPIRED" && payment.status !== "FAILED") return "not-late";
  // Its orders are to be paid by another payment now.
  if (payment.orders.length === 0) return "out-of-stock";
  if ((await tx.payments.events(payment.id)).some(({ kind }) => kind === "voided")) return "not-wanted";
  if ((await tx.flashSales.releasedShortages(payment.id)).length > 0) return "out-of-stock";
  if ((await tx.vouchers.releasedShortage(payment.id)) !== null) return "out-of-stock";
  const released = await tx.stock.reservationsOf(payment.id, "RELEASED");
  const levels = await tx.stock.lock(released.map((reservation) => reservation.variantId));
  if (findShortages(released, levels).length > 0) return "out-of-stock";
  if (!(await tx.payments.moveStatus(payment.id, ["EXPIRED", "FAILED"], "PAID", changesOf(outcome)))) return "not-late";
  await tx.flashSales.claimAgain(payment.id);
  await tx.vouchers.reserveAgain(payment.id);
  await tx.vouchers.use(payment.id, outcome.at);
  await tx.stock.commitReleased(released, outcome.at);
  await tx.orders.moveStatus(payment.id, "CANCELLED", "CONFIRMED", outcome.at);
  for (const share of sharesOf(payment)) await tx.ledger.post(honour(payment.provider, share), outcome.at);
  await appendPaid(tx, payment, "honoured", outcome);
  await announcePaidOrders(tx, payment, outcome.at);
  await announceAvailability(tx, released, outcome.at);
  return "honoured";
}
