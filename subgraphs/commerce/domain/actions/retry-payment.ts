import { isUuid } from "../../../../platform/values/ids.ts";
import { addSeconds } from "../../../../platform/values/instants.ts";
import { type Result, refused, success } from "../../../../platform/values/result.ts";
import type { LockedPayment, Payment, PaymentMethod } from "../payment.ts";
import { findMethod } from "../payment-methods.ts";
import { isPayable } from "../payment-status.ts";
import type { IdempotencyClaim, Transaction } from "../ports.ts";
import {
  checkIdempotencyKey,
  type IdempotencyConflict,
  type InvalidInput,
  type OutOfStock,
  type PaymentMethodUnavailable,
  type PaymentNotFound,
  type PaymentSettled,
  type PaymentUnsettled,
  type TooManyOpenPayments,
  type VoucherQuotaSpent,
} from "../refusals.ts";
import { findShortages } from "../stock.ts";
import { announceAvailability } from "./announce.ts";
import type { Buying } from "./buying.ts";
import { mostOpenPayments } from "./checkout.ts";
import { startPayment } from "./start-payment.ts";
import { oweBackHeld } from "./take-charge.ts";

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
  | PaymentUnsettled
  | TooManyOpenPayments
  | VoucherQuotaSpent
  | OutOfStock;

type Retried = Result<RetriedPayment, RetryRefusal>;

async function claimed(tx: Transaction, claim: IdempotencyClaim): Promise<Retried | null> {
  const earlier = await tx.idempotency.claim(claim);
  if (earlier === null) return null;
  if (earlier.requestHash !== claim.requestHash) return refused({ kind: "IdempotencyConflict" });
  return success({ paymentId: earlier.result.paymentId ?? "", isReplay: true });
}

/** Stock, flash sales and vouchers for the orders: what is held stays held, what was given back is held again; else why not. */
async function holdStock(
  tx: Transaction,
  payment: LockedPayment,
  expiresAt: Date,
  at: Date,
): Promise<OutOfStock | VoucherQuotaSpent | null> {
  if (isPayable(payment.status)) {
    await tx.stock.extend(payment.id, expiresAt);
    return null;
  }
  const sold = await tx.flashSales.releasedShortages(payment.id);
  if (sold.length > 0) return { kind: "OutOfStock", field: null, shortages: sold };
  const voucher = await tx.vouchers.releasedShortage(payment.id);
  if (voucher !== null) {
    return { kind: "VoucherQuotaSpent", voucher, isOfBuyer: voucher.redeemed < voucher.quota };
  }
  const released = await tx.stock.reservationsOf(payment.id, "RELEASED");
  const levels = await tx.stock.lock(released.map(({ variantId }) => variantId));
  const shortages = findShortages(released, levels);
  if (shortages.length > 0) return { kind: "OutOfStock", field: null, shortages };
  await tx.flashSales.claimAgain(payment.id);
  await tx.vouchers.reserveAgain(payment.id);
  await tx.stock.holdReleased(released, expiresAt);
  await announceAvailability(tx, released, at);
  return null;
}

async function replace(
  tx: Transaction,
  buying: Buying,
  old: LockedPayment,
  method: PaymentMethod,
  claim: IdempotencyClaim,
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
    expiresAt: addSeconds(claim.at, buying.paymentTtlSeconds),
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

/** Everything is checked before anything is written but the stock that is held again, which a refusal never follows. */
async function decide(
  tx: Transaction,
  buying: Buying,
  claim: IdempotencyClaim,
  input: RetryPaymentInput,
  isClosedAtProvider: boolean,
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
  if ((isOpen && !isClosedAtProvider) || (await buying.inbox.hasUnapplied(tx, old.id))) {
    return refused({ kind: "PaymentUnsettled" });
  }
  if (!isOpen && (await tx.payments.countPayable(claim.buyerId)) >= mostOpenPayments) {
    return refused({ kind: "TooManyOpenPayments", most: mostOpenPayments });
  }
  const shortage = await holdStock(tx, old, addSeconds(claim.at, buying.paymentTtlSeconds), claim.at);
  if (shortage !== null) return refused(shortage);
  return success({ paymentId: await replace(tx, buying, old, method, claim), isReplay: false });
}

/**
 * Lets the buyer pay the same orders in another way, after a payment that failed, ran out or was abandoned: no second order,
 * and never two captures. The old charge is closed at its provider first; if that turns out paid, it stays the payment. Money
 * that still comes for the old one is sent back. The same key answers the first result; a refusal leaves its key free.
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
  // Whether it is a repetition, and whose payment it is, must be known before anybody's charge is closed.
  const before = await transactions.runInTransaction(async (tx): Promise<Retried | null> => {
    const known = await claimed(tx, claim);
    if (known !== null) return known;
    await tx.idempotency.forget(claim);
    if ((await tx.payments.load(paymentId))?.buyerId !== buyerId) return refused({ kind: "PaymentNotFound" });
    return findMethod(buying.methods, paymentMethodId) === null ? refused({ kind: "PaymentMethodUnavailable" }) : null;
  });
  if (before !== null) return before;
  const isClosed = (await buying.paymentRequests.close(paymentId)) === "closed";
  const result = await transactions.runInTransaction(async (tx) => {
    const known = await claimed(tx, claim);
    if (known !== null) return known;
    const decided = await decide(tx, buying, claim, input, isClosed);
    if (!decided.ok) await tx.idempotency.forget(claim);
    return decided;
  });
  if (result.ok && !result.value.isReplay) await buying.paymentRequests.request(result.value.paymentId);
  return result;
}
