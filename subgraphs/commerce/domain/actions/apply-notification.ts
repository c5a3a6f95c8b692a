import type { Clock } from "../../../../platform/values/instants.ts";
import { backOffMs } from "../back-off.ts";
import type { Workflow } from "../durable-run.ts";
import type { KeptNotification, NotificationInbox } from "../notification.ts";
import type { Payment } from "../payment.ts";
import type { DurableWork, StatusAnswer, Transaction } from "../ports.ts";
import { applyStatusAnswer } from "./apply-status-answer.ts";
import type { ProviderOf } from "./request-payment.ts";
import { isSameMoney, takeCharge } from "./take-charge.ts";

/** What applying notifications needs. */
export interface ApplyDependencies {
  readonly inbox: NotificationInbox;
  readonly work: DurableWork;
  readonly providerOf: ProviderOf;
  readonly clock: Clock;
}

interface Doubtful {
  readonly payment: Payment;
  readonly notification: KeptNotification;
}

/**
 * The workflow `apply-notification` { notificationId, attempt? }: draws the consequences of a notification that was received,
 * in one transaction with the mark that they are drawn. Money of the sum that was asked for is taken by the notification's
 * word. A reported failure and any other sum are believed only as far as a status query says so: what it says is booked.
 */
export function createApplyNotification({ inbox, work, providerOf, clock }: ApplyDependencies): Workflow {
  /** Answers what to ask the provider about, or null when all is done. */
  async function apply(tx: Transaction, notificationId: string): Promise<Doubtful | null> {
    const kept = await inbox.load(tx, notificationId);
    if (kept === null || kept.paymentId === null) return null;
    const payment = await tx.payments.lock(kept.paymentId);
    // Read again under the lock: only its holder marks.
    const notification = await inbox.load(tx, notificationId);
    if (payment === null || notification === null || notification.appliedAt !== null) return null;
    const { reference, amount, receivedAt, verdict } = notification;
    if (verdict === "NOTED" || !isSameMoney(amount, payment.amount)) return { payment, notification };
    const mayConfirm = verdict === "ACCEPTED";
    const charge = { reference, amount, paidAt: receivedAt, source: "notification", mayConfirm } as const;
    await takeCharge(work, tx, payment, charge, clock());
    await inbox.markApplied(tx, notificationId, clock());
    return null;
  }

  async function applyAnswer(
    tx: Transaction,
    doubtful: Doubtful,
    answer: StatusAnswer,
    attempt: number,
  ): Promise<void> {
    const { payment, notification } = doubtful;
    const { id, verdict, reference, amount } = notification;
    const at = clock();
    if (verdict !== "NOTED" && answer.kind === "unknown") {
      const next = { notificationId: id, attempt: String(attempt + 1) };
      const options = { delayMs: backOffMs(attempt) };
      await work.startInTx(tx, "apply-notification", `apply-notification:${id}:${attempt + 1}`, next, options);
      return;
    }
    if (verdict !== "NOTED") {
      const said = { reference, amountMinor: amount.amountMinor.toString(), currency: amount.currency };
      const detail = { notificationId: id, ...said, status: answer.kind };
      const event = { paymentId: payment.id, kind: "amount-mismatch", source: "notification", detail } as const;
      await tx.payments.lock(payment.id);
      await tx.payments.appendEvent(event, at);
    }
    await applyStatusAnswer(work, tx, payment.id, answer, at);
    await inbox.markApplied(tx, id, at);
  }

  return async (run, input) => {
    const { notificationId = "" } = input;
    const attempt = Number(input.attempt ?? 1);
    const doubtful = await run.tx("apply", (tx) => apply(tx, notificationId));
    if (doubtful === null) return;
    const { payment } = doubtful;
    const answer = await run.step("ask for the status", () => providerOf(payment).queryStatus(payment));
    await run.tx("apply the status", (tx) => applyAnswer(tx, doubtful, answer, attempt));
  };
}
