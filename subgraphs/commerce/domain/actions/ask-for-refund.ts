import type { Clock } from "../../../../platform/values/instants.ts";
import type { Money } from "../../../../platform/values/money.ts";
import type { Payment } from "../payment.ts";
import type { ProviderOutcome, Transaction, Transactions } from "../ports.ts";
import type { ProviderOf } from "./request-payment.ts";

/** What asking a provider to send money back needs. */
export interface RefundAsking {
  readonly transactions: Transactions;
  readonly providerOf: ProviderOf;
  readonly clock: Clock;
}

/** What a person must know before money goes out by another way. */
export const mayHaveMoved =
  "an earlier request was not answered and may have sent it: ask the provider under this reference first";

const refundAsked = "refund-asked";

/**
 * Whether a provider was asked more than once to send money back under a reference: then a refusal says nothing of the other
 * times. Needs the payment's lock.
 */
export async function wasAskedAgain(tx: Transaction, paymentId: string, reference: string): Promise<boolean> {
  const events = await tx.payments.events(paymentId);
  return events.filter(({ kind, detail }) => kind === refundAsked && detail.reference === reference).length > 1;
}

/**
 * Asks the provider to send money of a payment back under a reference. Each time is written down before, so that one after a lost
 * answer, after a crash or by another run is known when the answer is recorded.
 */
export async function askForRefund(
  { transactions, providerOf, clock }: RefundAsking,
  payment: Payment,
  reference: string,
  amount: Money,
): Promise<ProviderOutcome> {
  const event = { paymentId: payment.id, kind: refundAsked, source: "timer", detail: { reference } } as const;
  await transactions.runInTransaction((tx) => tx.payments.appendEvent(event, clock()));
  return providerOf(payment).refund(payment, reference, amount);
}
