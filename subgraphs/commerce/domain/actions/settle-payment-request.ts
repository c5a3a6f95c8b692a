import { type Clock, isPast } from "../../../../platform/values/instants.ts";
import { backOffMs } from "../back-off.ts";
import type { Workflow } from "../durable-run.ts";
import type { Payment } from "../payment.ts";
import type { Transaction } from "../ports.ts";
import { applyStatusAnswer } from "./apply-status-answer.ts";
import { type ProviderOf, type RequestRecording, recordRequestOutcome } from "./request-payment.ts";

/** What settling unknown requests needs. */
export interface SettleDependencies extends RequestRecording {
  readonly providerOf: ProviderOf;
  readonly clock: Clock;
}

/**
 * The workflow `settle-payment-request` { paymentId, attempt? }: finds out what became of a request for payment whose
 * outcome nobody recorded. It asks for the status under the same reference; only a charge that the provider does not have,
 * or has open, is requested again, under the same reference. It repeats with back-off until the payment runs out, which is
 * the business of `expire-payment`.
 */
export function createSettlePaymentRequest({ providerOf, clock, ...recording }: SettleDependencies): Workflow {
  const { work } = recording;

  async function loadUnsettled(tx: Transaction, paymentId: string): Promise<Payment | null> {
    const payment = await tx.payments.load(paymentId);
    if (payment === null || isPast(payment.expiresAt, clock())) return null;
    return payment.status === "REQUESTED" || payment.status === "UNKNOWN" ? payment : null;
  }

  async function tryLater(tx: Transaction, paymentId: string, attempt: number): Promise<void> {
    const next = { paymentId, attempt: String(attempt + 1) };
    const id = `settle-payment-request:${paymentId}:${attempt + 1}`;
    await work.startInTx(tx, "settle-payment-request", id, next, { delayMs: backOffMs(attempt) });
  }

  return async (run, input) => {
    const { paymentId = "" } = input;
    const attempt = Number(input.attempt ?? 1);
    const payment = await run.tx("load", (tx) => loadUnsettled(tx, paymentId));
    if (payment === null) return;
    const provider = providerOf(payment);
    const answer = await run.step("ask for the status", () => provider.queryStatus(payment));
    if (answer.kind === "unknown") {
      await run.tx("try later", async (tx) => {
        await recordRequestOutcome(recording, tx, paymentId, answer, clock());
        await tryLater(tx, paymentId, attempt);
      });
      return;
    }
    const effect = await run.tx("apply the status", (tx) => applyStatusAnswer(work, tx, paymentId, answer, clock()));
    if (effect === "settled" || answer.kind === "paid") return;
    const outcome = await run.step("request again", () => provider.requestPayment(payment));
    await run.tx("record the outcome", async (tx) => {
      if (await recordRequestOutcome(recording, tx, paymentId, outcome, clock()))
        await tryLater(tx, paymentId, attempt);
    });
  };
}
