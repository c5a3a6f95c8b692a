import { type Clock, isPast } from "../../../../platform/values/instants.ts";
import { backOffMs } from "../back-off.ts";
import type { DurableRun, Workflow } from "../durable-run.ts";
import type { NotificationInbox } from "../notification.ts";
import type { Payment } from "../payment.ts";
import { isPayable } from "../payment-status.ts";
import type { DurableWork, Transaction } from "../ports.ts";
import { applyStatusAnswer } from "./apply-status-answer.ts";
import type { ProviderOf } from "./request-payment.ts";
import { endUnpaid } from "./take-charge.ts";

/** What ending unpaid payments needs. */
export interface ExpireDependencies {
  readonly inbox: NotificationInbox;
  readonly work: DurableWork;
  readonly providerOf: ProviderOf;
  readonly clock: Clock;
}

// A provider that keeps refusing to cancel a charge which it says nobody has paid: money that still comes is late money.
const mostRefusedCancels = 5;

/** How often was tried: any try, and cancels that the provider refused. */
interface Tries {
  readonly attempt: number;
  readonly refusedCancels: number;
}

/** Whether nothing can be paid any more: `reason` says why the payment may be closed, null that it may not yet. */
interface AtProvider {
  readonly reason: string | null;
  readonly refusedCancels: number;
}

/**
 * The workflow `expire-payment` { paymentId, attempt?, refusedCancels? }: ends a payment that ran out. The provider is asked
 * first: paid is applied, an open charge is cancelled there, no answer means another try with back-off, and so does "already
 * paid". It is never closed while the provider may hold its money. The payment's row decides between payment and expiry, and
 * an accepted notification that waits to be applied goes before expiry.
 */
export function createExpirePayment({ inbox, work, providerOf, clock }: ExpireDependencies): Workflow {
  async function tryAgain(tx: Transaction, paymentId: string, tries: Tries, delayMs: number): Promise<void> {
    const attempt = tries.attempt + 1;
    const input = { paymentId, attempt: String(attempt), refusedCancels: String(tries.refusedCancels) };
    await work.startInTx(tx, "expire-payment", `expire-payment:${paymentId}:${attempt}`, input, { delayMs });
  }

  async function loadExpired(tx: Transaction, paymentId: string, tries: Tries): Promise<Payment | null> {
    const payment = await tx.payments.load(paymentId);
    if (payment === null || !isPayable(payment.status)) return null;
    const now = clock();
    if (isPast(payment.expiresAt, now)) return payment;
    await tryAgain(tx, paymentId, tries, payment.expiresAt.getTime() - now.getTime());
    return null;
  }

  async function close(tx: Transaction, paymentId: string, tries: Tries, reason: string): Promise<void> {
    const payment = await tx.payments.lock(paymentId);
    if (payment === null) return;
    if (await inbox.hasUnapplied(tx, paymentId)) {
      await tryAgain(tx, paymentId, tries, backOffMs(1));
      return;
    }
    await endUnpaid(work, tx, payment, { status: "EXPIRED", source: "timer", reason, at: clock() });
  }

  async function closeAtProvider(run: DurableRun, payment: Payment, refusedCancels: number): Promise<AtProvider> {
    const notYet = { reason: null, refusedCancels };
    const provider = providerOf(payment);
    const answer = await run.step("ask for the status", () => provider.queryStatus(payment));
    if (answer.kind === "unknown") return notYet;
    const effect = await run.tx("apply the status", (tx) => applyStatusAnswer(work, tx, payment.id, answer, clock()));
    if (effect === "settled") return { reason: "the provider settled it", refusedCancels };
    if (answer.kind === "not-found") return { reason: "never reached the provider", refusedCancels };
    if (answer.kind === "paid") return { reason: "paid with another sum", refusedCancels };
    const cancelled = await run.step("cancel the charge", () => provider.cancel(payment));
    if (cancelled.kind === "done") return { reason: "not paid in time", refusedCancels };
    if (cancelled.kind !== "refused") return notYet;
    const refused = refusedCancels + 1;
    const isOver = refused >= mostRefusedCancels && answer.kind === "pending" && !answer.isMoving;
    return { reason: isOver ? `not cancelled: ${cancelled.reason}` : null, refusedCancels: refused };
  }

  return async (run, input) => {
    const { paymentId = "" } = input;
    const attempt = Number(input.attempt ?? 1);
    const before = { attempt, refusedCancels: Number(input.refusedCancels ?? 0) };
    const payment = await run.tx("load", (tx) => loadExpired(tx, paymentId, before));
    if (payment === null) return;
    const { reason, refusedCancels } = await closeAtProvider(run, payment, before.refusedCancels);
    const tries = { attempt, refusedCancels };
    await run.tx("close", (tx) =>
      reason === null ? tryAgain(tx, paymentId, tries, backOffMs(attempt)) : close(tx, paymentId, tries, reason),
    );
  };
}
