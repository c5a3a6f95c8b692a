import type { LockedOrder, OrderEvent } from "../fulfilment.ts";
import type { NotificationInbox } from "../notification.ts";
import type { DurableWork, Transaction } from "../ports.ts";
import { requestClose } from "./close-charge.ts";
import { endUnpaid } from "./take-charge.ts";

/** What cancelling an order that nobody has paid needs. */
export interface UnpaidDependencies {
  readonly work: DurableWork;
  readonly inbox: NotificationInbox;
}

/**
 * Cancels an unpaid order, whose row is locked, and with it those that its payment covers too: the sum that a provider was
 * asked for cannot be made less. Stock, flash sale and vouchers are given back here at once; the charge is closed at its
 * provider afterwards, and money that still comes is sent back. Answers false and changes nothing while a notification that
 * it is paid waits to be applied.
 */
export async function cancelUnpaidOrder(
  { work, inbox }: UnpaidDependencies,
  tx: Transaction,
  { paymentId }: LockedOrder,
  because: Pick<OrderEvent, "by" | "reason">,
  at: Date,
): Promise<boolean> {
  const payment = await tx.payments.lock(paymentId);
  if (payment === null) throw new Error(`the payment ${paymentId} is gone`);
  if (await inbox.hasUnapplied(tx, paymentId)) return false;
  await tx.payments.appendEvent({ paymentId, kind: "voided", source: "buyer", detail: { by: because.by } }, at);
  const reason = "the order was cancelled";
  await endUnpaid(work, tx, payment, { status: "FAILED", source: "buyer", reason, because, at });
  await requestClose(work, tx, paymentId);
  return true;
}
