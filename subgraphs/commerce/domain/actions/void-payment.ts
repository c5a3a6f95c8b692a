import { backOffMs } from "../back-off.ts";
import type { Workflow } from "../durable-run.ts";
import type { NotificationInbox } from "../notification.ts";
import type { Payment } from "../payment.ts";
import { isPayable } from "../payment-status.ts";
import type { DurableWork, Transaction } from "../ports.ts";
import { type CloseDependencies, closeAtProvider } from "./close-at-provider.ts";
import { endUnpaid } from "./take-charge.ts";

/** What voiding needs. */
export interface VoidDependencies extends CloseDependencies {
  readonly inbox: NotificationInbox;
}

/**
 * Asks in the caller's transaction for an unpaid payment to be closed before its time: at its provider first, then here; its
 * orders are cancelled and their stock is given back. One that turns out paid stays paid. Asked twice, it is done once.
 */
export async function requestVoid(
  work: DurableWork,
  tx: Transaction,
  paymentId: string,
  reason: string,
): Promise<void> {
  await work.startInTx(tx, "void-payment", `void-payment:${paymentId}`, { paymentId, reason });
}

/** The workflow `void-payment` { paymentId, reason, attempt?, refusedCancels? }. No answer: again with back-off. */
export function createVoidPayment({ inbox, ...closing }: VoidDependencies): Workflow {
  const { work, clock } = closing;

  async function loadPayable(tx: Transaction, paymentId: string): Promise<Payment | null> {
    const payment = await tx.payments.load(paymentId);
    return payment !== null && isPayable(payment.status) ? payment : null;
  }

  async function close(tx: Transaction, paymentId: string, reason: string): Promise<boolean> {
    const payment = await tx.payments.lock(paymentId);
    if (payment === null || !isPayable(payment.status)) return true;
    if (await inbox.hasUnapplied(tx, paymentId)) return false;
    const at = clock();
    await tx.payments.appendEvent({ paymentId, kind: "voided", source: "buyer", detail: { reason } }, at);
    await endUnpaid(work, tx, payment, { status: "FAILED", source: "buyer", reason, at });
    return true;
  }

  return async (run, input) => {
    const { paymentId = "", reason = "no longer wanted" } = input;
    const attempt = Number(input.attempt ?? 1);
    const payment = await run.tx("load", (tx) => loadPayable(tx, paymentId));
    if (payment === null) return;
    const before = Number(input.refusedCancels ?? 0);
    const closed = await closeAtProvider(closing, run, payment, before, reason);
    await run.tx("close", async (tx) => {
      if (closed.reason !== null && (await close(tx, paymentId, closed.reason))) return;
      const next = { ...input, attempt: String(attempt + 1), refusedCancels: String(closed.refusedCancels) };
      const options = { delayMs: backOffMs(attempt) };
      await work.startInTx(tx, "void-payment", `void-payment:${paymentId}:${attempt + 1}`, next, options);
    });
  };
}
