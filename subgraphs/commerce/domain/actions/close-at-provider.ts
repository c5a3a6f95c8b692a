import type { Clock } from "../../../../platform/values/instants.ts";
import type { DurableRun } from "../durable-run.ts";
import type { Payment } from "../payment.ts";
import type { DurableWork } from "../ports.ts";
import { applyStatusAnswer } from "./apply-status-answer.ts";
import type { ProviderOf } from "./request-payment.ts";

/** What closing a charge at its provider needs. */
export interface CloseDependencies {
  readonly work: DurableWork;
  readonly providerOf: ProviderOf;
  readonly clock: Clock;
}

/** Whether nothing can be paid any more: `reason` says why the payment may be closed, null that it may not yet. */
export interface AtProvider {
  readonly reason: string | null;
  readonly refusedCancels: number;
  /** False when the provider knows nothing of it, so that it may be on its way there. */
  readonly isKnown: boolean;
}

// A provider that keeps refusing to cancel a charge which it says nobody has paid: money that still comes is late money.
const mostRefusedCancels = 5;

/**
 * Asks the provider what became of a charge and closes it there: paid is applied, an open charge is cancelled, no answer and
 * "already paid" mean not yet. A payment is never closed while its provider may hold its money.
 */
export async function closeAtProvider(
  { work, providerOf, clock }: CloseDependencies,
  run: DurableRun,
  payment: Payment,
  refusedCancels: number,
  unpaidReason: string,
): Promise<AtProvider> {
  const notYet = { reason: null, refusedCancels, isKnown: true };
  const closed = (reason: string): AtProvider => ({ ...notYet, reason });
  const provider = providerOf(payment);
  const answer = await run.step("ask for the status", () => provider.queryStatus(payment));
  if (answer.kind === "unknown") return notYet;
  const effect = await run.tx("apply the status", (tx) => applyStatusAnswer(work, tx, payment.id, answer, clock()));
  if (effect === "refused") return notYet;
  if (effect === "settled") return closed("the provider settled it");
  if (answer.kind === "not-found") return { ...closed("never reached the provider"), isKnown: false };
  if (answer.kind === "paid") return closed("paid with another sum");
  const cancelled = await run.step("cancel the charge", () => provider.cancel(payment));
  if (cancelled.kind === "done") return closed(unpaidReason);
  if (cancelled.kind !== "refused") return notYet;
  const refused = refusedCancels + 1;
  const isOver = refused >= mostRefusedCancels && answer.kind === "pending" && !answer.isMoving;
  return { ...notYet, reason: isOver ? `not cancelled: ${cancelled.reason}` : null, refusedCancels: refused };
}
