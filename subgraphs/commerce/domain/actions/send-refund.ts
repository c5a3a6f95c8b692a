import { backOffMs } from "../back-off.ts";
import type { Workflow } from "../durable-run.ts";
import { refundSent } from "../ledger/movements.ts";
import type { Payment } from "../payment.ts";
import type { DurableWork, ProviderOutcome, Transaction } from "../ports.ts";
import type { Refund, RefundBook } from "../refund.ts";
import { askForRefund, mayHaveMoved, type RefundAsking, wasAskedAgain } from "./ask-for-refund.ts";

/** What sending refunds needs. */
export interface SendRefundDependencies extends RefundAsking {
  readonly refunds: RefundBook;
  readonly work: DurableWork;
}

interface Due {
  readonly refund: Refund;
  readonly payment: Payment;
}

const noCall = "the provider has no call that sends money of this payment back";

/** DONE, also one that another answer of the provider had left to a person in the meantime: there is nothing to pay by hand. */
async function settleSent(
  refunds: RefundBook,
  tx: Transaction,
  { refund, payment }: Due,
  providerReference: string | null,
  at: Date,
): Promise<boolean> {
  if (await refunds.settle(tx, refund.id, "DONE", providerReference, at)) return true;
  if (!(await refunds.finishByHand(tx, refund.id, providerReference, at))) return false;
  const name = { provider: payment.provider, kind: "REFUND_BY_HAND", reference: refund.id } as const;
  await tx.exceptions.close(name, "the provider says that it has sent it");
  return true;
}

/**
 * The workflow `send-refund` { refundId, attempt? }: sends money back that is owed. The refund's id is the reference, so a
 * repetition moves nothing twice; no answer means again with back-off, under the same reference. What the provider refuses or
 * cannot do stays owed, as an exception for a person, who is told when an earlier request may have moved it.
 */
export function createSendRefund({ refunds, work, ...asking }: SendRefundDependencies): Workflow {
  const { providerOf, clock } = asking;

  async function load(tx: Transaction, refundId: string): Promise<Due | null> {
    const refund = await refunds.load(tx, refundId);
    if (refund === null || refund.state !== "REQUESTED") return null;
    const payment = await tx.payments.load(refund.paymentId);
    return payment === null ? null : { refund, payment };
  }

  async function leaveToPerson(tx: Transaction, { refund, payment }: Due, reason: string): Promise<void> {
    const at = clock();
    const isDoubtful = await wasAskedAgain(tx, payment.id, refund.id);
    if (!(await refunds.settle(tx, refund.id, "BY_HAND", null, at))) return;
    const { amountMinor, currency } = refund.amount;
    await tx.exceptions.open(
      {
        provider: payment.provider,
        kind: "REFUND_BY_HAND",
        reference: refund.id,
        paymentId: payment.id,
        expectedMinor: amountMinor,
        reportedMinor: null,
        currency,
        detail: `${reason}; ${isDoubtful ? `${mayHaveMoved}; only then ` : ""}pay it back by another way and say so by \`operate refund-done\``,
      },
      at,
    );
    const detail = { refundId: refund.id, reason, isDoubtful: String(isDoubtful) };
    await tx.payments.appendEvent(
      { paymentId: payment.id, kind: "refund-by-hand", source: "provider-answer", detail },
      at,
    );
  }

  async function record(tx: Transaction, due: Due, outcome: ProviderOutcome, attempt: number): Promise<void> {
    const { refund, payment } = due;
    if (outcome.kind === "unknown") {
      const next = { refundId: refund.id, attempt: String(attempt + 1) };
      const options = { delayMs: backOffMs(attempt) };
      await work.startInTx(tx, "send-refund", `send-refund:${refund.id}:${attempt + 1}`, next, options);
      return;
    }
    const locked = await tx.payments.lock(payment.id);
    if (outcome.kind === "refused") {
      await leaveToPerson(tx, due, `the provider refuses to send it back: ${outcome.reason}`);
      return;
    }
    const at = clock();
    if (locked === null || !(await settleSent(refunds, tx, due, outcome.providerReference, at))) return;
    await tx.ledger.post(refundSent(payment.provider, refund.id, refund.amount), at);
    const { orderId, amount } = refund;
    await tx.fulfilment.appendEvents([{ orderId, kind: "REFUND_SENT", by: "PROVIDER", reason: null, amount, at }]);
    const detail = { refundId: refund.id, providerReference: outcome.providerReference };
    await tx.payments.appendEvent(
      { paymentId: payment.id, kind: "refund-sent", source: "provider-answer", detail },
      at,
    );
    const done = (await refunds.ofPayment(tx, payment.id)).filter(({ state }) => state === "DONE");
    const sent = done.reduce((sum, one) => sum + one.amount.amountMinor, 0n);
    if (sent >= locked.amount.amountMinor) await tx.payments.moveStatus(payment.id, ["PAID"], "REFUNDED");
  }

  return async (run, input) => {
    const { refundId = "" } = input;
    const attempt = Number(input.attempt ?? 1);
    const due = await run.tx("load", (tx) => load(tx, refundId));
    if (due === null) return;
    const { refund, payment } = due;
    const provider = providerOf(payment);
    if (!provider.canRefund(payment)) {
      await run.tx("leave to a person", (tx) => leaveToPerson(tx, due, noCall));
      return;
    }
    const outcome = await run.step("send back", () => askForRefund(asking, payment, refund.id, refund.amount));
    await run.tx("record", (tx) => record(tx, due, outcome, attempt));
  };
}
