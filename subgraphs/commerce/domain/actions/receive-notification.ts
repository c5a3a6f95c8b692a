import type { NewId } from "../../../../platform/values/ids.ts";
import type { Clock } from "../../../../platform/values/instants.ts";
import {
  type CallbackAnswer,
  findNamed,
  type Notification,
  type NotificationInbox,
  type NumberedCall,
  type PaymentName,
  type Verdict,
} from "../notification.ts";
import { decideVerdict, hasConsequences } from "../notification-verdict.ts";
import type { DurableWork, Transaction, Transactions } from "../ports.ts";

/** What receiving call-backs needs. */
export interface ReceiveDependencies {
  readonly transactions: Transactions;
  readonly inbox: NotificationInbox;
  readonly work: DurableWork;
  readonly clock: Clock;
  readonly newId: NewId;
}

/**
 * Answers a numbered call-back once: a repetition of the same request gets the first answer again, another request under
 * the same number gets `conflict`. What `respond` does is committed together with the answer.
 */
export async function answerNumbered(
  { transactions, inbox, clock }: ReceiveDependencies,
  call: NumberedCall,
  conflict: CallbackAnswer,
  respond: (tx: Transaction) => Promise<CallbackAnswer>,
): Promise<CallbackAnswer> {
  return transactions.runInTransaction(async (tx) => {
    const first = await inbox.claimNumber(tx, call, clock());
    if (first !== null) return first.identity === call.identity ? first.answer : conflict;
    const answer = await respond(tx);
    await inbox.keepAnswer(tx, call, answer);
    return answer;
  });
}

/** How a connector words a verdict. */
export type AnswerVerdict = (verdict: Verdict) => CallbackAnswer;

/**
 * Takes in a verified notification: locks the payment, decides, keeps the notification with its answer and starts the work
 * of applying it, all in `tx`. `name` is null when it names nothing that could be ours. A notification known by (provider, reference, status) gets its first answer again.
 */
export async function receiveNotification(
  { inbox, work, clock, newId }: ReceiveDependencies,
  tx: Transaction,
  name: PaymentName | null,
  notification: Notification,
  answerOf: AnswerVerdict,
): Promise<CallbackAnswer> {
  const named = name === null ? null : await findNamed(tx, notification.provider, name);
  const payment = named === null ? null : await tx.payments.lock(named.id);
  const known = await inbox.find(tx, notification);
  if (known !== null) return known.answer;

  const now = clock();
  const isTaken = payment !== null && (await inbox.hasUnapplied(tx, payment.id));
  const verdict = decideVerdict(payment, notification, isTaken, now);
  const mustApply = hasConsequences(verdict, notification);
  const answer = answerOf(verdict);
  const { provider, reference, providerStatus, amount } = notification;
  const id = newId();
  const isNew = await inbox.insert(
    tx,
    {
      id,
      provider,
      reference,
      providerStatus,
      paymentId: payment?.id ?? null,
      verdict,
      amount,
      answer,
      receivedAt: now,
      appliedAt: mustApply ? null : now,
    },
    notification.rawBody,
  );
  if (!isNew) {
    // Somebody was quicker: only possible without a payment, whose lock would have made us wait.
    const first = await inbox.find(tx, notification);
    return first?.answer ?? answer;
  }
  if (mustApply) await work.startInTx(tx, "apply-notification", `apply-notification:${id}`, { notificationId: id });
  return answer;
}
