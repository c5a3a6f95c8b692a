import type { NewId } from "../../../../platform/values/ids.ts";
import type { Clock } from "../../../../platform/values/instants.ts";
import { tradingCurrency } from "../cart-pricing.ts";
import { chargeCause, unclaimedMoney } from "../ledger/movements.ts";
import {
  type CallbackAnswer,
  findNamed,
  type Notification,
  type NotificationInbox,
  type NumberedCall,
  type PaymentName,
  type Verdict,
} from "../notification.ts";
import { decideVerdict, hasConsequences, isRefusal } from "../notification-verdict.ts";
import type { DurableWork, Transaction, Transactions } from "../ports.ts";
import { refuseCharge } from "./take-charge.ts";

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

/**
 * Money told of under a reference that is none of ours stands in suspense, on the provider's word alone: there is nothing to
 * ask for. Not when the charge is known after all, nor in a currency that we do not trade in. A person is told of either.
 */
async function keepUnclaimed(tx: Transaction, notification: Notification, at: Date): Promise<void> {
  const { provider, reference, amount, meaning, money } = notification;
  if (meaning !== "paid" || money !== "moved") return;
  if (await tx.payments.hasProviderReference(provider, reference)) return;
  const cause = chargeCause(provider, reference);
  for (const kind of ["late-money", "unclaimed-money"] as const) {
    if ((await tx.ledger.entriesOf(kind, cause)).length > 0) return;
  }
  const isTraded = amount.currency === tradingCurrency;
  if (isTraded) await tx.ledger.post(unclaimedMoney(provider, cause, amount), at);
  const where = isTraded ? `suspense:${provider}` : "no account: it is in a currency that we do not trade in";
  await tx.exceptions.open(
    {
      provider,
      kind: "UNCLAIMED_MONEY",
      reference,
      paymentId: null,
      expectedMinor: null,
      reportedMinor: amount.amountMinor,
      currency: amount.currency,
      detail: `money for a reference that is none of ours stands in ${where}; ask the provider whose it is, or have it sent back`,
    },
    at,
  );
}

/** How a connector words a verdict. */
export type AnswerVerdict = (verdict: Verdict) => CallbackAnswer;

/**
 * Takes in a verified notification: locks the payment, decides, keeps the notification with its answer and starts the work
 * of applying it, all in `tx`. `name` is null when it names nothing that could be ours. The same fact told again of the same payment gets its first answer again.
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
  const known = await inbox.find(tx, notification, payment?.id ?? null);
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
    const first = await inbox.find(tx, notification, payment?.id ?? null);
    return first?.answer ?? answer;
  }
  if (payment === null) await keepUnclaimed(tx, notification, now);
  else if (isRefusal(verdict, notification)) await refuseCharge(tx, payment, notification.reference, verdict, now);
  if (mustApply) await work.startInTx(tx, "apply-notification", `apply-notification:${id}`, { notificationId: id });
  return answer;
}
