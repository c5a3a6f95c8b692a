import type { Money } from "../../../../platform/values/money.ts";
import { backOffMs } from "../back-off.ts";
import { NeedsAttentionError, type Workflow } from "../durable-run.ts";
import { chargeCause, refundOwed, refundPaid } from "../ledger/movements.ts";
import type { Payment } from "../payment.ts";
import type { DurableWork, ProviderOutcome, Transaction } from "../ports.ts";
import { askForRefund, mayHaveMoved, type RefundAsking, wasAskedAgain } from "./ask-for-refund.ts";
import { isRefused } from "./take-charge.ts";

/** What sending money back needs. */
export interface RefundDependencies extends RefundAsking {
  readonly work: DurableWork;
}

type Input = Readonly<Record<string, string>>;

interface Owed {
  readonly payment: Payment;
  /** The refund's reference at the provider; null when the money cannot be sent back by it. */
  readonly refundReference: string | null;
}

/** Money that the provider was asked to send back. */
interface Sent {
  readonly payment: Payment;
  readonly refundReference: string;
}

function amountOf({ amountMinor = "0", currency = "" }: Input): Money {
  return { amountMinor: BigInt(amountMinor), currency };
}

/** Why a person must look, and what is to be done. */
interface ByHand {
  readonly reason: string;
  readonly todo: string;
}

function noWay({ reason = "it has no call that sends it back, the sum stands in suspense" }: Input): ByHand {
  return { reason, todo: "settle it with the provider and post it" };
}

function refusedBack(because: string, isRepetition: boolean): ByHand {
  const first = isRepetition ? `${mayHaveMoved}; only then ` : "";
  return { reason: `it refuses to send it back: ${because}`, todo: `${first}pay it back by another way and post it` };
}

async function leaveToPerson(tx: Transaction, payment: Payment, input: Input, { reason, todo }: ByHand, at: Date) {
  const { reference = "" } = input;
  const { amountMinor, currency } = amountOf(input);
  await tx.exceptions.open(
    {
      provider: payment.provider,
      kind: "LATE_MONEY_BY_HAND",
      reference,
      paymentId: payment.id,
      expectedMinor: null,
      reportedMinor: amountMinor,
      currency,
      detail: `${reason}; ${todo}`,
    },
    at,
  );
}

function attentionError(payment: Payment, input: Input, { reason, todo }: ByHand): NeedsAttentionError {
  const { reference, amountMinor, currency } = input;
  return new NeedsAttentionError(
    `${payment.provider} has ${amountMinor} minor units ${currency} of charge ${reference} for payment ${payment.id}: ` +
      `${reason}; ${todo}`,
  );
}

/**
 * The workflow `refund-late-money` { paymentId, reference, amountMinor, currency, attempt?, reason? }: sends a charge back
 * that came too late, once too often or with another sum and stands in suspense. The refund's reference is the id of the
 * posting by which it is owed, so a repetition moves nothing twice. No answer: again with back-off, under the same
 * reference. @throws NeedsAttentionError when the provider refuses or has no refund (then the money stays in suspense), or
 * for the `reason` given: a person must find another way, and is told by an exception.
 */
export function createRefundLateMoney({ work, ...asking }: RefundDependencies): Workflow {
  const { providerOf, clock } = asking;

  async function owe(tx: Transaction, input: Input, attempt: number): Promise<Owed | null> {
    const payment = await tx.payments.lock(input.paymentId ?? "");
    if (payment === null) return null;
    const { reference = "", amountMinor = "0", currency = "" } = input;
    // The provider was told meanwhile that we do not take it, and gives it back by itself.
    if (await isRefused(tx, payment, reference)) return null;
    const isOwed = input.reason === undefined && providerOf(payment).canRefund(payment);
    const at = clock();
    if (attempt === 1) {
      const kind = isOwed ? "refund-owed" : "needs-person";
      const detail = { reference, amountMinor, currency };
      await tx.payments.appendEvent({ paymentId: payment.id, kind, source: "timer", detail }, at);
    }
    if (!isOwed) {
      await leaveToPerson(tx, payment, input, noWay(input), at);
      return { payment, refundReference: null };
    }
    const cause = chargeCause(payment.provider, reference);
    const refundReference = await tx.ledger.post(refundOwed(payment.provider, cause, amountOf(input)), at);
    await tx.payments.moveStatus(payment.id, ["EXPIRED", "FAILED"], "REFUNDING");
    return { payment, refundReference };
  }

  /** Answers what is left to a person; null when nothing is. */
  async function record(
    tx: Transaction,
    { payment, refundReference }: Sent,
    input: Input,
    outcome: ProviderOutcome,
  ): Promise<ByHand | null> {
    const { reference = "" } = input;
    const attempt = Number(input.attempt ?? 1);
    const at = clock();
    const append = (kind: string, detail: Record<string, string | null>): Promise<void> =>
      tx.payments.appendEvent({ paymentId: payment.id, kind, source: "provider-answer", detail }, at);
    const cause = chargeCause(payment.provider, reference);
    if (outcome.kind === "unknown") {
      const next = { ...input, attempt: String(attempt + 1) };
      const id = `refund-late-money:${cause}:${attempt + 1}`;
      await work.startInTx(tx, "refund-late-money", id, next, { delayMs: backOffMs(attempt) });
      return null;
    }
    if (outcome.kind === "refused") {
      await append("refund-refused", { reference, reason: outcome.reason });
      const byHand = refusedBack(outcome.reason, await wasAskedAgain(tx, payment.id, refundReference));
      await leaveToPerson(tx, payment, input, byHand, at);
      return byHand;
    }
    await tx.payments.lock(payment.id);
    await tx.ledger.post(refundPaid(payment.provider, cause, amountOf(input)), at);
    await tx.payments.moveStatus(payment.id, ["REFUNDING"], "REFUNDED");
    await append("refunded", { reference, providerReference: outcome.providerReference });
    return null;
  }

  return async (run, input) => {
    const attempt = Number(input.attempt ?? 1);
    const owed = await run.tx("owe", (tx) => owe(tx, input, attempt));
    if (owed === null) return;
    const { payment, refundReference } = owed;
    if (refundReference === null) {
      throw attentionError(payment, input, noWay(input));
    }
    const outcome = await run.step("send back", () => askForRefund(asking, payment, refundReference, amountOf(input)));
    const sent = { payment, refundReference };
    const byHand = await run.tx("record", (tx) => record(tx, sent, input, outcome));
    if (byHand !== null) throw attentionError(payment, input, byHand);
  };
}
