import type { Clock } from "../../../../platform/values/instants.ts";
import type { Workflow } from "../durable-run.ts";
import { lateMoney, refundOwed } from "../ledger/movements.ts";
import type { KeptNotification, NotificationInbox } from "../notification.ts";
import type { LockedPayment, Payment } from "../payment.ts";
import type { DurableWork, Transaction } from "../ports.ts";
import { applyStatusAnswer } from "./apply-status-answer.ts";
import type { ProviderOf } from "./request-payment.ts";
import { confirmPaidOrders, honourLatePayment } from "./settle-payment.ts";

/** What applying notifications needs. */
export interface ApplyDependencies {
  readonly inbox: NotificationInbox;
  readonly work: DurableWork;
  readonly providerOf: ProviderOf;
  readonly clock: Clock;
}

function outcomeOf(notification: KeptNotification, at: Date) {
  const { reference, receivedAt } = notification;
  return { source: "notification", providerReference: reference, paidAt: receivedAt, at } as const;
}

/**
 * The workflow `apply-notification` { notificationId }: draws the consequences of a notification that was received, in one
 * transaction with the mark that they are drawn. Accepted money confirms the orders. Money that came too late stands in
 * suspense first, then honours the orders if their stock is still there, else it is owed back. Another sum stays in
 * suspense. A reported failure is believed only when a status query confirms it.
 */
export function createApplyNotification({ inbox, work, providerOf, clock }: ApplyDependencies): Workflow {
  async function oweBack(tx: Transaction, notification: KeptNotification, payment: LockedPayment): Promise<void> {
    const at = clock();
    const { id, provider, amount } = notification;
    await tx.ledger.post(refundOwed(provider, id, amount), at);
    await tx.payments.moveStatus(payment.id, ["EXPIRED", "FAILED"], "REFUNDING");
    const detail = { notificationId: id };
    await tx.payments.appendEvent({ paymentId: payment.id, kind: "refund-owed", source: "notification", detail }, at);
    await work.startInTx(tx, "refund-late-money", `refund-late-money:${id}`, { notificationId: id });
  }

  async function takeLate(tx: Transaction, notification: KeptNotification, payment: LockedPayment): Promise<void> {
    const at = clock();
    await tx.ledger.post(lateMoney(notification.provider, notification.id, notification.amount), at);
    const late = await honourLatePayment(tx, payment, outcomeOf(notification, at));
    if (late !== "honoured") await oweBack(tx, notification, payment);
  }

  async function keepInSuspense(
    tx: Transaction,
    notification: KeptNotification,
    payment: LockedPayment,
  ): Promise<void> {
    const { id, provider, amount } = notification;
    const at = clock();
    await tx.ledger.post(lateMoney(provider, id, amount), at);
    const detail = { notificationId: id, amountMinor: amount.amountMinor.toString(), currency: amount.currency };
    await tx.payments.appendEvent(
      { paymentId: payment.id, kind: "amount-mismatch", source: "notification", detail },
      at,
    );
  }

  async function takeAccepted(tx: Transaction, notification: KeptNotification, payment: LockedPayment): Promise<void> {
    const at = clock();
    if (await confirmPaidOrders(tx, payment, outcomeOf(notification, at))) return;
    // A status query was quicker with the very same charge; otherwise the money is one charge too many or too late.
    const isThatCharge = payment.status === "PAID" && payment.providerReference === notification.reference;
    if (!isThatCharge) await takeLate(tx, notification, payment);
  }

  /** Answers the payment to ask the provider about, or null when all is done. */
  async function apply(tx: Transaction, notificationId: string): Promise<Payment | null> {
    const kept = await inbox.load(tx, notificationId);
    if (kept === null || kept.paymentId === null) return null;
    const payment = await tx.payments.lock(kept.paymentId);
    // Read again under the lock: only its holder marks.
    const notification = await inbox.load(tx, notificationId);
    if (payment === null || notification === null || notification.appliedAt !== null) return null;
    if (notification.verdict === "NOTED") return payment;
    if (notification.verdict === "ACCEPTED") await takeAccepted(tx, notification, payment);
    else if (notification.verdict === "AMOUNT_MISMATCH") await keepInSuspense(tx, notification, payment);
    else await takeLate(tx, notification, payment);
    await inbox.markApplied(tx, notificationId, clock());
    return null;
  }

  return async (run, input) => {
    const { notificationId = "" } = input;
    const doubtful = await run.tx("apply", (tx) => apply(tx, notificationId));
    if (doubtful === null) return;
    const answer = await run.step("ask for the status", () => providerOf(doubtful).queryStatus(doubtful));
    await run.tx("apply the status", async (tx) => {
      await applyStatusAnswer(tx, doubtful.id, answer, clock());
      await inbox.markApplied(tx, notificationId, clock());
    });
  };
}
