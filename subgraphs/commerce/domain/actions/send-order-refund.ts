import type { Clock } from "../../../../platform/values/instants.ts";
import { backOffMs } from "../back-off.ts";
import { NeedsAttentionError, type Workflow } from "../durable-run.ts";
import type { OrderRefund } from "../fulfilment.ts";
import { refundSent } from "../ledger/release.ts";
import type { Payment } from "../payment.ts";
import type { DurableWork, ProviderOutcome, Transaction } from "../ports.ts";
import type { ProviderOf } from "./request-payment.ts";

/** What sending an order's refund needs. */
export interface OrderRefundDependencies {
  readonly work: DurableWork;
  readonly providerOf: ProviderOf;
  readonly clock: Clock;
}

interface Owed {
  readonly refund: OrderRefund;
  readonly payment: Payment;
  readonly canRefund: boolean;
}

function attentionError({ refund, payment }: Owed, reason: string): NeedsAttentionError {
  const { amountMinor, currency } = refund.amount;
  return new NeedsAttentionError(
    `refund ${refund.id} of ${amountMinor} minor units ${currency} for order ${refund.orderId}: ${payment.provider} ${reason}; ` +
      "pay it back by another way and post it",
  );
}

/**
 * The workflow `send-order-refund` { refundId, attempt? }: sends money that an order owes its buyer back by the provider that
 * took it, under the refund's id, so that a repetition moves nothing twice. No answer: again with back-off, under the same
 * reference. @throws NeedsAttentionError when the provider refuses or has no refund; the money stays in refund_payable.
 */
export function createSendOrderRefund({ work, providerOf, clock }: OrderRefundDependencies): Workflow {
  async function load(tx: Transaction, refundId: string): Promise<Owed | null> {
    const refund = await tx.fulfilment.loadRefund(refundId);
    const payment = refund === null ? null : await tx.payments.load(refund.paymentId);
    if (refund === null || payment === null) return null;
    return { refund, payment, canRefund: providerOf(payment).canRefund(payment) };
  }

  async function record(tx: Transaction, { refund, payment }: Owed, outcome: ProviderOutcome, attempt: number) {
    const at = clock();
    if (outcome.kind === "unknown") {
      const next = { refundId: refund.id, attempt: String(attempt + 1) };
      const id = `send-order-refund:${refund.id}:${attempt + 1}`;
      await work.startInTx(tx, "send-order-refund", id, next, { delayMs: backOffMs(attempt) });
      return;
    }
    if (outcome.kind === "refused") return;
    const { orderId, amount } = refund;
    await tx.ledger.post(refundSent(refund.id, payment.provider, amount), at);
    await tx.fulfilment.appendEvents([{ orderId, kind: "REFUND_SENT", by: "PROVIDER", reason: null, amount, at }]);
  }

  return async (run, input) => {
    const attempt = Number(input.attempt ?? 1);
    const owed = await run.tx("load", (tx) => load(tx, input.refundId ?? ""));
    if (owed === null) return;
    if (!owed.canRefund) throw attentionError(owed, "has no call that sends it back");
    const { refund, payment } = owed;
    const outcome = await run.step("send back", () => providerOf(payment).refund(payment, refund.id, refund.amount));
    await run.tx("record", (tx) => record(tx, owed, outcome, attempt));
    if (outcome.kind === "refused") throw attentionError(owed, `refuses to send it back (${outcome.reason})`);
  };
}
