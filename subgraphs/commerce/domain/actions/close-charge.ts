import { backOffMs } from "../back-off.ts";
import type { Workflow } from "../durable-run.ts";
import type { DurableWork, Transaction } from "../ports.ts";
import { type CloseDependencies, closeAtProvider } from "./close-at-provider.ts";

// A request for the payment may still be under way to the provider when it is asked first.
const leastAttempts = 3;

/** Asks in the caller's transaction for the charge of a payment that has ended here to be closed at its provider. */
export async function requestClose(work: DurableWork, tx: Transaction, paymentId: string): Promise<void> {
  await work.startInTx(tx, "close-charge", `close-charge:${paymentId}`, { paymentId });
}

/**
 * The workflow `close-charge` { paymentId, attempt?, refusedCancels? }: closes at its provider what has ended here, so that it
 * cannot be paid any more. What was paid all the same is late money. No answer: again with back-off.
 */
export function createCloseCharge(closing: CloseDependencies): Workflow {
  const { work } = closing;
  return async (run, input) => {
    const { paymentId = "" } = input;
    const attempt = Number(input.attempt ?? 1);
    const payment = await run.tx("load", (tx) => tx.payments.load(paymentId));
    if (payment === null) return;
    const before = Number(input.refusedCancels ?? 0);
    const closed = await closeAtProvider(closing, run, payment, before, "the order was cancelled");
    if (closed.reason !== null && (closed.isKnown || attempt >= leastAttempts)) return;
    const next = { paymentId, attempt: String(attempt + 1), refusedCancels: String(closed.refusedCancels) };
    await run.tx("again", (tx) =>
      work.startInTx(tx, "close-charge", `close-charge:${paymentId}:${attempt + 1}`, next, {
        delayMs: backOffMs(attempt),
      }),
    );
  };
}
