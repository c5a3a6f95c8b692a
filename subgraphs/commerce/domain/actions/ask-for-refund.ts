import type { Clock } from "../../../../platform/values/instants.ts";
import type { Money } from "../../../../platform/values/money.ts";
import type { Payment } from "../payment.ts";
import type { ProviderOutcome, Transactions } from "../ports.ts";
import type { ProviderOf } from "./request-payment.ts";

/** What asking a provider to send money back needs. */
export interface RefundAsking {
  readonly transactions: Transactions;
  readonly providerOf: ProviderOf;
  readonly clock: Clock;
}

/** What a provider said when it was asked to send money back. */
export interface RefundAnswer {
  readonly outcome: ProviderOutcome;
  /** Whether it had been asked before under the same reference: then a refusal says nothing of the first time. */
  readonly isRepetition: boolean;
}

/** What a person must know before money goes out by another way. */
export const mayHaveMoved =
  "an earlier request was not answered and may have sent it: ask the provider under this reference first";

/** In the event log: a provider is asked to send money back, under a reference. */
export const refundAsked = "refund-asked";

/**
 * Asks the provider to send money of a payment back under a reference. That it is asked is written down before, so that a request
 * that is repeated, after a lost answer or after a crash, is known to be a repetition.
 */
export async function askForRefund(
  { transactions, providerOf, clock }: RefundAsking,
  payment: Payment,
  reference: string,
  amount: Money,
): Promise<RefundAnswer> {
  const isRepetition = await transactions.runInTransaction(async (tx) => {
    await tx.payments.lock(payment.id);
    const events = await tx.payments.events(payment.id);
    const wasAsked = events.some(({ kind, detail }) => kind === refundAsked && detail.reference === reference);
    const event = { paymentId: payment.id, kind: refundAsked, source: "timer", detail: { reference } } as const;
    if (!wasAsked) await tx.payments.appendEvent(event, clock());
    return wasAsked;
  });
  return { outcome: await providerOf(payment).refund(payment, reference, amount), isRepetition };
}
