import { type Clock, isPast } from "../../../../platform/values/instants.ts";
import { backOffMs } from "../back-off.ts";
import type { DurableRun, Workflow } from "../durable-run.ts";
import type { NotificationInbox } from "../notification.ts";
import type { Payment } from "../payment.ts";
import { isPayable } from "../payment-status.ts";
import type { DurableWork, Transaction } from "../ports.ts";
import { applyStatusAnswer } from "./apply-status-answer.ts";
import type { ProviderOf } from "./request-payment.ts";
import { cancelUnpaidOrders } from "./settle-payment.ts";

/** What ending unpaid payments needs. */
export interface ExpireDependencies {
  readonly inbox: NotificationInbox;
  readonly work: DurableWork;
  readonly providerOf: ProviderOf;
  readonly clock: Clock;
}

// A provider that keeps refusing to cancel a charge which it says is open: money that still comes is late money.
const mostRefusedCancels = 5;

/**
 * The workflow `expire-payment` { paymentId, attempt? }: ends a payment that ran out. The provider is asked first: paid is
 * applied, an open charge is cancelled there, no answer means another try with back-off. The payment's row decides between
 * payment and expiry, and an accepted notification that waits to be applied goes before expiry.
 */
export function createExpirePayment({ inbox, work, providerOf, clock }: ExpireDependencies): Workflow {
  async function tryAgain(tx: Transaction, paymentId: string, attempt: number, delayMs: number): Promise<void> {
    const id = `expire-payment:${paymentId}:${attempt + 1}`;
    await work.startInTx(tx, "expire-payment", id, { paymentId, attempt: String(attempt + 1) }, { delayMs });
  }

  async function loadExpired(tx: Transaction, paymentId: string, attempt: number): Promise<Payment | null> {
    const payment = await tx.payments.load(paymentId);
    if (payment === null || !isPayable(payment.status)) return null;
    const now = clock();
    if (isPast(payment.expiresAt, now)) return payment;
    await tryAgain(tx, paymentId, attempt, payment.expiresAt.getTime() - now.getTime());
    return null;
  }

  async function close(tx: Transaction, paymentId: string, attempt: number, reason: string): Promise<void> {
    const payment = await tx.payments.lock(paymentId);
    if (payment === null) return;
    if (await inbox.hasUnapplied(tx, paymentId)) {
      await tryAgain(tx, paymentId, attempt, backOffMs(1));
      return;
    }
    await cancelUnpaidOrders(tx, payment, { status: "EXPIRED", source: "timer", reason, at: clock() });
  }

  /** Makes sure that nothing can be paid any more. Answers why the payment may be closed; null when it may not yet. */
  async function closeAtProvider(run: DurableRun, payment: Payment, attempt: number): Promise<string | null> {
    const provider = providerOf(payment);
    const answer = await run.step("ask for the status", () => provider.queryStatus(payment));
    if (answer.kind === "unknown") return null;
    const effect = await run.tx("apply the status", (tx) => applyStatusAnswer(tx, payment.id, answer, clock()));
    if (effect === "settled") return "the provider settled it";
    if (answer.kind === "not-found") return "never reached the provider";
    if (answer.kind === "paid") return "paid with another sum";
    const cancelled = await run.step("cancel the charge", () => provider.cancel(payment));
    if (cancelled.kind === "done") return "not paid in time";
    if (cancelled.kind === "refused" && attempt >= mostRefusedCancels) return `not cancelled: ${cancelled.reason}`;
    return null;
  }

  return async (run, input) => {
    const { paymentId = "" } = input;
    const attempt = Number(input.attempt ?? 1);
    const payment = await run.tx("load", (tx) => loadExpired(tx, paymentId, attempt));
    if (payment === null) return;
    const reason = await closeAtProvider(run, payment, attempt);
    await run.tx("close", (tx) =>
      reason === null ? tryAgain(tx, paymentId, attempt, backOffMs(attempt)) : close(tx, paymentId, attempt, reason),
    );
  };
}
