import { isPast } from "../../../../platform/values/instants.ts";
import { backOffMs } from "../back-off.ts";
import type { Workflow } from "../durable-run.ts";
import type { NotificationInbox } from "../notification.ts";
import type { Payment } from "../payment.ts";
import { isPayable } from "../payment-status.ts";
import type { Transaction } from "../ports.ts";
import { type CloseDependencies, closeAtProvider } from "./close-at-provider.ts";
import { endUnpaid } from "./take-charge.ts";

/** What ending unpaid payments needs. */
export interface ExpireDependencies extends CloseDependencies {
  readonly inbox: NotificationInbox;
}

/** How often was tried: any try, and cancels that the provider refused. */
interface Tries {
  readonly attempt: number;
  readonly refusedCancels: number;
}

/**
 * The workflow `expire-payment` { paymentId, attempt?, refusedCancels? }: ends a payment that ran out. The provider is asked
 * first: paid is applied, an open charge is cancelled there, no answer means another try with back-off, and so does "already
 * paid". It is never closed while the provider may hold its money. The payment's row decides between payment and expiry, and
 * an accepted notification that waits to be applied goes before expiry.
 */
export function createExpirePayment({ inbox, ...closing }: ExpireDependencies): Workflow {
  const { work, clock } = closing;

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

  return async (run, input) => {
    const { paymentId = "" } = input;
    const attempt = Number(input.attempt ?? 1);
    const before = { attempt, refusedCancels: Number(input.refusedCancels ?? 0) };
    const payment = await run.tx("load", (tx) => loadExpired(tx, paymentId, before));
    if (payment === null) return;
    const { reason, refusedCancels } = await closeAtProvider(
      closing,
      run,
      payment,
      before.refusedCancels,
      "not paid in time",
    );
    const tries = { attempt, refusedCancels };
    await run.tx("close", (tx) =>
      reason === null ? tryAgain(tx, paymentId, tries, backOffMs(attempt)) : close(tx, paymentId, tries, reason),
    );
  };
}
