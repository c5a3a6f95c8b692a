import { isUuid } from "../../../../platform/values/ids.ts";
import { addSeconds, isPast } from "../../../../platform/values/instants.ts";
import { type Result, refused, success } from "../../../../platform/values/result.ts";
import type { LockedPayment, Payment, PaymentMethod } from "../payment.ts";
import { findMethod } from "../payment-methods.ts";
import { isPayable } from "../payment-status.ts";
import type { IdempotencyClaim, Transaction } from "../ports.ts";
import {
  checkIdempotencyKey,
  type IdempotencyConflict,
  type InvalidInput,
  type PaymentMethodUnavailable,
  type PaymentNotFound,
  type PaymentRetryEnded,
  type PaymentSettled,
  type PaymentUnsettled,
  type TooManyOpenPayments,
} from "../refusals.ts";
import { retryEnd } from "../retry-rules.ts";
import type { RatesForBasket } from "../shipping/rate-desk.ts";
import type { Buying } from "./buying.ts";
import { mostOpenPayments } from "./checkout.ts";
import { requestEnd } from "./close-charge.ts";
import { askAgain, type HoldRefusal, holdAgain, parcelsOf } from "./hold-again.ts";
import { startPayment } from "./start-payment.ts";
import { endUnpaid, oweBackHeld } from "./take-charge.ts";

/** Which payment, and how it is to be paid instead. */
export interface RetryPaymentInput {
  readonly paymentId: string;
  readonly paymentMethodId: string;
  readonly idempotencyKey: string;
}

/** The payment that took the other's place. */
export interface RetriedPayment {
  readonly paymentId: string;
  /** Whether this is the first result again. */
  readonly isReplay: boolean;
}

/** Why it was not retried. */
export type RetryRefusal =
  | InvalidInput
  | IdempotencyConflict
  | PaymentNotFound
  | PaymentMethodUnavailable
  | PaymentSettled
  | PaymentRetryEnded
  | PaymentUnsettled
  | TooManyOpenPayments
  | HoldRefusal;

type Retried = Result<RetriedPayment, RetryRefusal>;

async function claimed(tx: Transaction, claim: IdempotencyClaim): Promise<Retried | null> {
  const earlier = await tx.idempotency.claim(claim);
  if (earlier === null) return null;
  if (earlier.requestHash !== claim.requestHash) return refused({ kind: "IdempotencyConflict" });
  return success({ paymentId: earlier.result.paymentId ?? "", isReplay: true });
}

async function replace(
  tx: Transaction,
  buying: Buying,
  old: LockedPayment,
  method: PaymentMethod,
  claim: IdempotencyClaim,
  expiresAt: Date,
): Promise<string> {
  const payment: Payment = {
    id: claim.result.paymentId ?? "",
    buyerId: old.buyerId,
    status: "REQUESTED",
    methodId: method.id,
    provider: method.provider,
    amount: old.amount,
    instructions: null,
    providerReference: null,
    virtualAccountNo: null,
    expiresAt,
    paidAt: null,
    createdAt: claim.at,
  };
  await tx.payments.moveStatus(old.id, ["REQUESTED", "AWAITING_PAYMENT", "UNKNOWN"], "FAILED");
  await tx.payments.insert(payment);
  await tx.orders.moveStatus(old.id, "CANCELLED", "PLACED", claim.at);
  await tx.payments.replace(old.id, payment.id, claim.at);
  const detail = { replacedBy: payment.id };
  await tx.payments.appendEvent({ paymentId: old.id, kind: "replaced", source: "buyer", detail }, claim.at);
  await oweBackHeld(buying.work, tx, old);
  await startPayment(buying.work, tx, payment);
  return payment.id;
}

/** Whether the payment can still be paid and its orders hold what they are about: then the frozen terms stay. */
function isHeld(payment: Payment, at: Date): boolean {
  return isPayable(payment.status) && !isPast(payment.expiresAt, at);
}

async function ended(tx: Transaction, payment: Payment, at: Date): Promise<PaymentRetryEnded | null> {
  const reason = retryEnd(await tx.payments.chainOf(payment.id), isHeld(payment, at), at);
  return reason === null ? null : { kind: "PaymentRetryEnded", reason };
}

/** What is known of the request before the old charge is closed, without locks: its answer, or what couriers ask now. */
interface Outlook {
  readonly answer: Retried | null;
  readonly parcels: Awaited<ReturnType<typeof parcelsOf>>;
}

/** Whether it is a repetition, whose payment it is and whether there is another try must be known before anybody's charge is closed. */
async function look(
  tx: Transaction,
  buying: Buying,
  claim: IdempotencyClaim,
  input: RetryPaymentInput,
): Promise<Outlook> {
  const answered = (answer: Retried): Outlook => ({ answer, parcels: [] });
  const known = await claimed(tx, claim);
  if (known !== null) return answered(known);
  await tx.idempotency.forget(claim);
  const payment = await tx.payments.load(input.paymentId);
  if (payment?.buyerId !== claim.buyerId) return answered(refused({ kind: "PaymentNotFound" }));
  if (findMethod(buying.methods, input.paymentMethodId) === null) {
    return answered(refused({ kind: "PaymentMethodUnavailable" }));
  }
  const end = isPayable(payment.status) ? await ended(tx, payment, claim.at) : null;
  if (end !== null) return answered(refused(end));
  return { answer: null, parcels: isHeld(payment, claim.at) ? [] : await parcelsOf(tx, payment.id) };
}

/** Lets the orders be paid until when, on which everything depends: what is held stays held so long, else it is held anew. */
async function hold(
  tx: Transaction,
  buying: Buying,
  payment: LockedPayment,
  asked: readonly RatesForBasket[],
  at: Date,
): Promise<Result<Date, HoldRefusal | TooManyOpenPayments>> {
  // Whoever tries again and again would never have to pay, and nobody else could buy.
  if (isHeld(payment, at)) return success(payment.expiresAt);
  // Its time has run out just now: `endOver` came too early for it.
  if (isPayable(payment.status)) return refused({ kind: "PaymentUnsettled" });
  if ((await tx.payments.countPayable(payment.buyerId)) >= mostOpenPayments) {
    return refused({ kind: "TooManyOpenPayments", most: mostOpenPayments });
  }
  const expiresAt = addSeconds(at, buying.paymentTtlSeconds);
  const refusal = await holdAgain(tx, payment, asked, expiresAt, at);
  return refusal === null ? success(expiresAt) : refused(refusal);
}

/** Ends a payment whose time is over and whose charge is closed, in a transaction of its own: it locks stock, before sales are. */
async function endOver(tx: Transaction, buying: Buying, paymentId: string, at: Date): Promise<void> {
  const payment = await tx.payments.lock(paymentId);
  if (payment === null || !isPayable(payment.status) || isHeld(payment, at)) return;
  if (await buying.inbox.hasUnapplied(tx, paymentId)) return;
  const reason = "not paid in time";
  await endUnpaid(buying.work, tx, payment, { status: "EXPIRED", source: "timer", reason, at });
}

/** Everything is checked before anything is written, but that a charge which is closed in vain is to be ended. */
async function decide(
  tx: Transaction,
  buying: Buying,
  claim: IdempotencyClaim,
  input: RetryPaymentInput,
  known: { readonly isClosedAtProvider: boolean; readonly asked: readonly RatesForBasket[] },
): Promise<Retried> {
  await tx.carts.lock(claim.buyerId);
  const old = await tx.payments.lock(input.paymentId);
  if (old?.buyerId !== claim.buyerId) return refused({ kind: "PaymentNotFound" });
  const method = findMethod(buying.methods, input.paymentMethodId);
  if (method === null) return refused({ kind: "PaymentMethodUnavailable" });
  const events = await tx.payments.events(old.id);
  const isOver = old.orders.length === 0 || events.some(({ kind }) => kind === "voided");
  const isOpen = isPayable(old.status);
  if (isOver || !(isOpen || old.status === "FAILED" || old.status === "EXPIRED")) {
    return refused({ kind: "PaymentSettled", paymentId: old.id });
  }
  const end = await ended(tx, old, claim.at);
  if (end !== null) return refused(end);
  if (isOpen && !known.isClosedAtProvider) return refused({ kind: "PaymentUnsettled" });
  if (await buying.inbox.hasUnapplied(tx, old.id)) {
    // Nobody can pay it any more, so it must not wait for its deadline with instructions that lead nowhere.
    if (isOpen) await requestEnd(buying.work, tx, old.id);
    return refused({ kind: "PaymentUnsettled" });
  }
  const held = await hold(tx, buying, old, known.asked, claim.at);
  if (!held.ok) return held;
  return success({ paymentId: await replace(tx, buying, old, method, claim, held.value), isReplay: false });
}

/**
 * Lets the buyer pay the same orders in another way, after a payment that failed, ran out or was abandoned: no second order,
 * and never two captures. The old charge is closed at its provider first; if that turns out paid, it stays the payment. Money
 * that still comes for the old one is sent back. While the first reservation holds, price and deadline stay as they were;
 * afterwards, for a day, only what is offered on the same terms today. The same key answers the first result; a refusal leaves
 * its key free.
 */
export async function retryPayment(buying: Buying, buyerId: string, input: RetryPaymentInput): Promise<Retried> {
  const invalid = checkIdempotencyKey(input.idempotencyKey);
  if (invalid !== null) return refused(invalid);
  if (!isUuid(input.paymentId)) return refused({ kind: "PaymentNotFound" });
  const { idempotencyKey, paymentId, paymentMethodId } = input;
  const { transactions } = buying;
  const claim: IdempotencyClaim = {
    buyerId,
    operation: "retryPayment",
    key: idempotencyKey,
    requestHash: buying.hashRequest({ paymentId, paymentMethodId }),
    result: { paymentId: buying.newId() },
    at: buying.clock(),
  };
  const { answer, parcels } = await transactions.runInTransaction((tx) => look(tx, buying, claim, input));
  if (answer !== null) return answer;
  const asked = await askAgain(buying.shipping.desk, parcels);
  const isClosedAtProvider = (await buying.paymentRequests.close(paymentId)) === "closed";
  if (isClosedAtProvider) await transactions.runInTransaction((tx) => endOver(tx, buying, paymentId, claim.at));
  const result = await transactions.runInTransaction(async (tx) => {
    const known = await claimed(tx, claim);
    if (known !== null) return known;
    const decided = await decide(tx, buying, claim, input, { isClosedAtProvider, asked });
    if (!decided.ok) await tx.idempotency.forget(claim);
    return decided;
  });
  if (result.ok && !result.value.isReplay) await buying.paymentRequests.request(result.value.paymentId);
  return result;
}
