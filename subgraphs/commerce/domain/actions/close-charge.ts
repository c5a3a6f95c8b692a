import { backOffMs } from "../back-off.ts";
import type { Workflow } from "../durable-run.ts";
import type { NotificationInbox } from "../notification.ts";
import type { DurableWork, Transaction } from "../ports.ts";
import { type CloseDependencies, closeAtProvider } from "./close-at-provider.ts";
import { endUnpaid } from "./take-charge.ts";

/** What closing charges needs. */
export interface CloseChargeDependencies extends CloseDependencies {
  readonly inbox: NotificationInbox;
}

// A request for the payment may still be under way to the provider when it is asked first.
const leastAttempts = 3;

/** Asks in the caller's transaction for the charge of a payment that has ended here to be closed at its provider. */
export async function requestClose(work: DurableWork, tx: Transaction, paymentId: string): Promise<void> {
  await work.startInTx(tx, "close-charge", `close-charge:${paymentId}`, { paymentId });
}

/** Asks in the caller's transaction for a payment to be ended whose charge was closed while a notification of it waits. */
export async function requestEnd(work: DurableWork, tx: Transaction, paymentId: string): Promise<void> {
  const input = { paymentId, end: "yes" };
  await work.startInTx(tx, "close-charge", `close-charge:${paymentId}:end`, input, { delayMs: backOffMs(1) });
}

/**
 * The workflow `close-charge` { paymentId, end?, attempt?, refusedCancels? }: closes at its provider what has ended here, so that
 * it cannot be paid any more. What was paid all the same is late money. No answer: again with back-off. `end`: ends what was
 * closed before it ended here, as soon as no notification of it waits to be applied.
 */
export function createCloseCharge({ inbox, ...closing }: CloseChargeDependencies): Workflow {
  const { work, clock } = closing;

  async function endClosed(tx: Transaction, paymentId: string): Promise<boolean> {
    const payment = await tx.payments.lock(paymentId);
    if (payment === null) return true;
    if (await inbox.hasUnapplied(tx, paymentId)) return false;
    const reason = "its charge was closed for another way to pay";
    await endUnpaid(work, tx, payment, { status: "FAILED", source: "timer", reason, at: clock() });
    return true;
  }

  return async (run, input) => {
    const { paymentId = "", end } = input;
    const attempt = Number(input.attempt ?? 1);
    const payment = await run.tx("load", (tx) => tx.payments.load(paymentId));
    if (payment === null) return;
    const before = Number(input.refusedCancels ?? 0);
    const closed = await closeAtProvider(closing, run, payment, before, "the order was cancelled");
    const isClosed = closed.reason !== null && (closed.isKnown || attempt >= leastAttempts);
    if (isClosed && (end === undefined || (await run.tx("end", (tx) => endClosed(tx, paymentId))))) return;
    const next = { ...input, attempt: String(attempt + 1), refusedCancels: String(closed.refusedCancels) };
    const name = end === undefined ? paymentId : `${paymentId}:end`;
    await run.tx("again", (tx) =>
      work.startInTx(tx, "close-charge", `close-charge:${name}:${attempt + 1}`, next, { delayMs: backOffMs(attempt) }),
    );
  };
}
