import type { Clock } from "../../../../platform/values/instants.ts";
import { backOffMs } from "../back-off.ts";
import { NeedsAttentionError, type Workflow } from "../durable-run.ts";
import { refundPaid } from "../ledger/movements.ts";
import type { KeptNotification, NotificationInbox } from "../notification.ts";
import type { Payment } from "../payment.ts";
import type { DurableWork, ProviderOutcome, Transaction } from "../ports.ts";
import type { ProviderOf } from "./request-payment.ts";

/** What sending money back needs. */
export interface RefundDependencies {
  readonly inbox: NotificationInbox;
  readonly work: DurableWork;
  readonly providerOf: ProviderOf;
  readonly clock: Clock;
}

interface Owed {
  readonly notification: KeptNotification;
  readonly payment: Payment;
}

/**
 * The workflow `refund-late-money` { notificationId, attempt? }: sends back money that came too late or once too often. The
 * refund's reference is the notification's id, so a repetition moves nothing twice. No answer: again with back-off, under
 * the same reference. @throws NeedsAttentionError when the provider refuses: a person must find another way back.
 */
export function createRefundLateMoney({ inbox, work, providerOf, clock }: RefundDependencies): Workflow {
  async function load(tx: Transaction, notificationId: string): Promise<Owed | null> {
    const notification = await inbox.load(tx, notificationId);
    if (notification === null || notification.paymentId === null) return null;
    const payment = await tx.payments.load(notification.paymentId);
    return payment === null ? null : { notification, payment };
  }

  async function record(tx: Transaction, owed: Owed, outcome: ProviderOutcome, attempt: number): Promise<void> {
    const { notification, payment } = owed;
    const at = clock();
    const append = (kind: string, detail: Record<string, string | null>): Promise<void> =>
      tx.payments.appendEvent({ paymentId: payment.id, kind, source: "provider-answer", detail }, at);
    if (outcome.kind === "unknown") {
      const input = { notificationId: notification.id, attempt: String(attempt + 1) };
      const id = `refund-late-money:${notification.id}:${attempt + 1}`;
      await work.startInTx(tx, "refund-late-money", id, input, { delayMs: backOffMs(attempt) });
      return;
    }
    if (outcome.kind === "refused") {
      await append("refund-refused", { notificationId: notification.id, reason: outcome.reason });
      return;
    }
    await tx.payments.lock(payment.id);
    await tx.ledger.post(refundPaid(notification.provider, notification.id, notification.amount), at);
    await tx.payments.moveStatus(payment.id, ["REFUNDING"], "REFUNDED");
    await append("refunded", { notificationId: notification.id, providerReference: outcome.providerReference });
  }

  return async (run, input) => {
    const { notificationId = "" } = input;
    const attempt = Number(input.attempt ?? 1);
    const owed = await run.tx("load", (tx) => load(tx, notificationId));
    if (owed === null) return;
    const { notification, payment } = owed;
    const outcome = await run.step("send back", () =>
      providerOf(payment).refund(payment, notification.id, notification.amount),
    );
    await run.tx("record", (tx) => record(tx, owed, outcome, attempt));
    if (outcome.kind === "refused") {
      throw new NeedsAttentionError(
        `${payment.provider} refuses to send back ${notification.amount.amountMinor} sen of payment ${payment.id} ` +
          `(notification ${notification.id}): ${outcome.reason}; pay it back by another way and post it`,
      );
    }
  };
}
