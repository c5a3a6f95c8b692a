import type { Clock } from "../../../../platform/values/instants.ts";
import type { Money } from "../../../../platform/values/money.ts";
import { backOffMs } from "../back-off.ts";
import type { Workflow } from "../durable-run.ts";
import type { KeptNotification, NotificationInbox } from "../notification.ts";
import type { LockedPayment, Payment } from "../payment.ts";
import type { DurableWork, StatusAnswer, Transaction } from "../ports.ts";
import { applyStatusAnswer } from "./apply-status-answer.ts";
import { contradict, findingOf } from "./doubt-notification.ts";
import type { ProviderOf } from "./request-payment.ts";
import { isSameMoney, takeCharge } from "./take-charge.ts";

/** What applying notifications needs. */
export interface ApplyDependencies {
  readonly inbox: NotificationInbox;
  readonly work: DurableWork;
  readonly providerOf: ProviderOf;
  readonly clock: Clock;
}

interface Doubtful {
  readonly payment: Payment;
  readonly notification: KeptNotification;
}

// A provider's book may lag behind its messages: so often is it asked before its own notification is not believed.
const mostDoubts = 4;

/** A notification, the locked payment that it is about, and what the provider's book says of it. */
interface Told {
  readonly payment: LockedPayment;
  readonly notification: KeptNotification;
  readonly answer: StatusAnswer;
  /** From 1. */
  readonly attempt: number;
  readonly at: Date;
}

function isMore(answer: StatusAnswer, { amountMinor, currency }: Money): boolean {
  return answer.kind === "paid" && answer.amount.currency === currency && answer.amount.amountMinor > amountMinor;
}

/** Money of the sum that was asked for. Answers whether all consequences are drawn; else it is to be asked again. */
async function applyRightSum({ work }: ApplyDependencies, tx: Transaction, told: Told): Promise<boolean> {
  const { payment, notification, answer, attempt, at } = told;
  const finding = findingOf(payment, notification, answer);
  const mayChange = notification.verdict !== "ALREADY_PAID" && attempt < mostDoubts;
  if (finding === "open" || (finding === "contradicted" && mayChange)) return false;
  if (finding === "confirmed") {
    const { reference, amount, receivedAt, verdict } = notification;
    const mayConfirm = verdict === "ACCEPTED";
    // The book has more of this charge than was told: all of it is held first, so that nothing of it is forgotten.
    if (mayConfirm && isMore(answer, amount)) await applyStatusAnswer(work, tx, payment.id, answer, at);
    const charge = { reference, amount, paidAt: receivedAt, source: "notification", mayConfirm } as const;
    await takeCharge(work, tx, payment, charge, at);
  } else if (finding === "another-sum") {
    // A book that still has a charge that we refused, and that the provider is giving back, says nothing of this one yet.
    const effect = await applyStatusAnswer(work, tx, payment.id, answer, at);
    return effect !== "refused" || attempt >= mostDoubts;
  } else {
    await contradict(tx, payment, notification, answer, at);
  }
  return true;
}

/** A reported failure, or another sum. Answers as `applyRightSum` does. */
async function applyOther({ work }: ApplyDependencies, tx: Transaction, told: Told): Promise<boolean> {
  const { payment, notification, answer, attempt, at } = told;
  const { id, verdict, reference, amount } = notification;
  if (verdict !== "NOTED") {
    if (answer.kind === "unknown") return false;
    if ((await applyStatusAnswer(work, tx, payment.id, answer, at)) === "refused" && attempt < mostDoubts) return false;
    const said = { reference, amountMinor: amount.amountMinor.toString(), currency: amount.currency };
    const detail = { notificationId: id, ...said, status: answer.kind };
    const event = { paymentId: payment.id, kind: "amount-mismatch", source: "notification", detail } as const;
    await tx.payments.appendEvent(event, at);
    return true;
  }
  await applyStatusAnswer(work, tx, payment.id, answer, at);
  return true;
}

/**
 * The workflow `apply-notification` { notificationId, attempt? }: draws the consequences of a notification that was received,
 * in one transaction with the mark that they are drawn. A signature proves who speaks, not that it is true: the provider's
 * book is asked for every sum before it is booked, and what the book says is what is booked. A notification that the book does
 * not bear out, however often it is asked, books nothing and becomes an exception for a person.
 */
export function createApplyNotification(dependencies: ApplyDependencies): Workflow {
  const { inbox, work, providerOf, clock } = dependencies;

  async function load(tx: Transaction, notificationId: string): Promise<Doubtful | null> {
    const notification = await inbox.load(tx, notificationId);
    if (notification === null || notification.paymentId === null || notification.appliedAt !== null) return null;
    const payment = await tx.payments.load(notification.paymentId);
    return payment === null ? null : { payment, notification };
  }

  async function tryLater(tx: Transaction, notificationId: string, attempt: number): Promise<void> {
    const next = { notificationId, attempt: String(attempt + 1) };
    const options = { delayMs: backOffMs(attempt) };
    await work.startInTx(
      tx,
      "apply-notification",
      `apply-notification:${notificationId}:${attempt + 1}`,
      next,
      options,
    );
  }

  async function applyAnswer(
    tx: Transaction,
    doubtful: Doubtful,
    answer: StatusAnswer,
    attempt: number,
  ): Promise<void> {
    const payment = await tx.payments.lock(doubtful.payment.id);
    // Read again under the lock: only its holder marks.
    const notification = await inbox.load(tx, doubtful.notification.id);
    if (payment === null || notification === null || notification.appliedAt !== null) return;
    const isRightSum = notification.verdict !== "NOTED" && isSameMoney(notification.amount, payment.amount);
    const told: Told = { payment, notification, answer, attempt, at: clock() };
    const isDone = await (isRightSum ? applyRightSum : applyOther)(dependencies, tx, told);
    await (isDone ? inbox.markApplied(tx, notification.id, told.at) : tryLater(tx, notification.id, attempt));
  }

  return async (run, input) => {
    const { notificationId = "" } = input;
    const attempt = Number(input.attempt ?? 1);
    const doubtful = await run.tx("apply", (tx) => load(tx, notificationId));
    if (doubtful === null) return;
    const { payment } = doubtful;
    const answer = await run.step("ask for the status", () => providerOf(payment).queryStatus(payment));
    await run.tx("apply the status", (tx) => applyAnswer(tx, doubtful, answer, attempt));
  };
}
