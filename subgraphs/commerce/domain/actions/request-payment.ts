import type { Clock } from "../../../../platform/values/instants.ts";
import { backOffMs } from "../back-off.ts";
import type { NotificationInbox } from "../notification.ts";
import type { Payment } from "../payment.ts";
import { isPayable } from "../payment-status.ts";
import type {
  DurableWork,
  PaymentProvider,
  PaymentRequests,
  RequestOutcome,
  Transaction,
  Transactions,
} from "../ports.ts";
import { applyStatusAnswer } from "./apply-status-answer.ts";
import { endUnpaid } from "./take-charge.ts";

/** Answers the provider that serves a payment. @throws when none is configured under the payment's provider. */
export type ProviderOf = (payment: Payment) => PaymentProvider;

/** What recording a provider's answer needs. */
export interface RequestRecording {
  readonly inbox: Pick<NotificationInbox, "hasUnapplied">;
  readonly work: DurableWork;
}

/** What asking providers for payments needs. */
export interface RequestDependencies extends RequestRecording {
  readonly transactions: Transactions;
  readonly providerOf: ProviderOf;
  readonly clock: Clock;
}

/** Claims the right to ask: true once for a payment, as long as it was never asked for. */
async function recordIntent(tx: Transaction, paymentId: string, at: Date): Promise<Payment | null> {
  const payment = await tx.payments.lock(paymentId);
  if (payment?.status !== "REQUESTED") return null;
  const events = await tx.payments.events(paymentId);
  if (events.some((event) => event.kind === "asked")) return null;
  await tx.payments.appendEvent({ paymentId, kind: "asked", source: "buyer", detail: {} }, at);
  return payment;
}

/**
 * Records what a provider answered. `requested`: the buyer can pay. `refused`: the payment is FAILED, its orders are cancelled
 * and what was held of it is owed back; while a notification of money waits to be applied, that decides. `unknown`: UNKNOWN, to be
 * settled by a status query. A payment that moved on meanwhile stays as it is. Answers whether the provider is to be asked again.
 */
export async function recordRequestOutcome(
  { inbox, work }: RequestRecording,
  tx: Transaction,
  paymentId: string,
  outcome: RequestOutcome,
  at: Date,
): Promise<boolean> {
  const payment = await tx.payments.lock(paymentId);
  if (payment === null) return false;
  const append = (kind: string, detail: Record<string, string | null>): Promise<void> =>
    tx.payments.appendEvent({ paymentId, kind, source: "provider-answer", detail }, at);
  const isContradicted = outcome.kind === "refused" && (await inbox.hasUnapplied(tx, paymentId));
  if (outcome.kind === "refused" && !isContradicted) {
    const { reason } = outcome;
    await endUnpaid(work, tx, payment, { status: "FAILED", source: "provider-answer", reason, at });
    return false;
  }
  if (outcome.kind !== "requested") {
    if (await tx.payments.moveStatus(paymentId, ["REQUESTED"], "UNKNOWN")) {
      await append("outcome-unknown", { reason: outcome.reason });
    }
    return true;
  }
  const { instructions, providerReference, virtualAccountNo } = outcome;
  const isMoved = await tx.payments.moveStatus(paymentId, ["REQUESTED", "UNKNOWN"], "AWAITING_PAYMENT", {
    instructions,
    ...(providerReference === null ? {} : { providerReference }),
    ...(virtualAccountNo === null ? {} : { virtualAccountNo }),
  });
  await append(isMoved ? "payable" : "answered-late", { providerReference });
  return false;
}

/**
 * Asks the provider for payments that checkout has committed: the intent is recorded, the provider is called outside of any
 * transaction under the payment's id, the outcome is recorded. Called twice or at once for one payment, it asks once. An
 * unknown outcome is settled by a workflow soon; so is, by the one that checkout started, a crash in between.
 */
export function createPaymentRequests(dependencies: RequestDependencies): PaymentRequests {
  const { transactions, work, providerOf, clock } = dependencies;
  return {
    close: async (paymentId) => {
      const payment = await transactions.runInTransaction((tx) => tx.payments.load(paymentId));
      if (payment === null || !isPayable(payment.status)) return "closed";
      const provider = providerOf(payment);
      // What the provider does not know may be on its way to it.
      const before = await provider.queryStatus(payment);
      if (before.kind === "not-found" || before.kind === "unknown") return "open";
      const cancelled = before.kind === "pending" ? await provider.cancel(payment) : null;
      if (cancelled?.kind === "done") return "closed";
      const answer = cancelled === null ? before : await provider.queryStatus(payment);
      const effect = await transactions.runInTransaction((tx) =>
        applyStatusAnswer(work, tx, paymentId, answer, clock()),
      );
      return effect === "settled" ? "closed" : "open";
    },
    request: async (paymentId) => {
      const payment = await transactions.runInTransaction((tx) => recordIntent(tx, paymentId, clock()));
      if (payment === null) return;
      const outcome = await providerOf(payment).requestPayment(payment);
      await transactions.runInTransaction(async (tx) => {
        if (!(await recordRequestOutcome(dependencies, tx, paymentId, outcome, clock()))) return;
        const id = `settle-payment-request:${paymentId}:soon`;
        await work.startInTx(tx, "settle-payment-request", id, { paymentId }, { delayMs: backOffMs(1) });
      });
    },
  };
}
