import { toDecimal } from "../../../../platform/values/money.ts";
import { refundByHand, refundSent } from "../ledger/movements.ts";
import { OperatorRefusal, type People } from "../operator-act.ts";
import type { Transaction } from "../ports.ts";
import type { Refund } from "../refund.ts";
import type { HandDependencies } from "./post-by-hand.ts";

/** How money of a refund that waited for a person went back. */
export interface RefundSent {
  /** The number of the transfer. */
  readonly reference: string;
  /** `provider`: it turned out to have sent it. Null: nobody said; our bank, unless that is in doubt. */
  readonly sentBy: "bank" | "provider" | null;
}

async function refuseDoubtful(tx: Transaction, { id, paymentId }: Refund, sentBy: RefundSent["sentBy"]): Promise<void> {
  if (sentBy !== null) return;
  const events = await tx.payments.events(paymentId);
  const isDoubtful = events.some(
    ({ kind, detail }) => kind === "refund-by-hand" && detail.refundId === id && detail.isDoubtful === "true",
  );
  if (!isDoubtful) return;
  throw new OperatorRefusal(
    `the provider may have sent refund ${id} itself: ask it under this reference, then say --sent-by provider, or bank when it denies`,
  );
}

/**
 * Money of a refund that waits for a person was sent: posts it from our bank, or from the provider where that had sent it after
 * all, makes the refund DONE and closes its exception, in the caller's transaction. Locks the payment. The same reference again
 * changes nothing. @throws OperatorRefusal unless the refund waits for a person, or when nobody said who sent what a provider
 * may have sent.
 */
export async function finishRefundByHand(
  { acts, refunds, exceptions, clock }: HandDependencies,
  tx: Transaction,
  refundId: string,
  { reference, sentBy }: RefundSent,
  people: People,
): Promise<object> {
  const unlocked = await refunds.load(tx, refundId);
  if (unlocked === null) throw new OperatorRefusal(`there is no refund ${refundId}`);
  const payment = await tx.payments.lock(unlocked.paymentId);
  const refund = await refunds.load(tx, refundId);
  if (payment === null || refund === null) throw new Error(`refund ${refundId} has no payment`);
  const { orderId, amount } = refund;
  const answer = { refund: refundId, amount: toDecimal(amount.amountMinor), reference };
  if (refund.state === "DONE" && refund.providerReference === reference) return { ...answer, done: "before" };
  if (refund.state === "DONE") {
    throw new OperatorRefusal(`refund ${refundId} was sent as ${refund.providerReference}: do not send it again`);
  }
  if (refund.state === "REQUESTED") {
    throw new OperatorRefusal(`refund ${refundId} is still being sent to the provider: see \`operate runs list\``);
  }
  await refuseDoubtful(tx, refund, sentBy);
  const at = clock();
  await refunds.finishByHand(tx, refundId, reference, at);
  const posting =
    sentBy === "provider" ? refundSent(payment.provider, refundId, amount) : refundByHand(refundId, amount);
  const ledgerId = await tx.ledger.post(posting, at);
  await acts.append(tx, { ...people, kind: "REFUND_DONE", subject: refundId, outcome: ledgerId, note: reference });
  const open = await exceptions.findOpen(tx, {
    provider: payment.provider,
    kind: "REFUND_BY_HAND",
    reference: refundId,
  });
  if (open !== null) await exceptions.closeByHand(tx, open.id, people, `sent back by hand: ${reference}`, ledgerId);
  await tx.fulfilment.appendEvents([{ orderId, kind: "REFUND_SENT", by: "OPERATOR", reason: null, amount, at }]);
  const detail = { refundId, providerReference: reference };
  await tx.payments.appendEvent({ paymentId: payment.id, kind: "refund-sent", source: "operator", detail }, at);
  const done = (await refunds.ofPayment(tx, payment.id)).filter(({ state }) => state === "DONE");
  const sent = done.reduce((sum, one) => sum + one.amount.amountMinor, 0n);
  if (sent >= payment.amount.amountMinor) await tx.payments.moveStatus(payment.id, ["PAID"], "REFUNDED");
  return { ...answer, done: "now" };
}
