import { fromDecimal, toDecimal } from "../../platform/values/money.ts";
import { type Charge, chargeStatus } from "../book/charge.ts";
import type { MerchantAnswer, OwedNotification } from "../book/entries.ts";
import { type ChargeView, chargeView } from "../book/views.ts";
import type { Provider } from "../provider.ts";
import { type ChargeName, ControlRequestError, type PayOptions } from "./requests.ts";

/**
 * What came of an attempt to pay. `paid`: the money was taken, whatever the merchant said; `returned`: taken, refused by the
 * merchant, given back; `refused`: never taken, `reason` says by whom.
 */
export interface PayReport {
  readonly outcome: "paid" | "returned" | "refused";
  readonly reason: string | null;
  readonly charge: ChargeView;
  /** What the merchant answered, in order; empty when nothing was sent yet. */
  readonly answers: readonly MerchantAnswer[];
}

/** Finds the charge a control request names. @throws ControlRequestError */
export function findCharge({ book }: Provider, name: ChargeName): Charge {
  const wanted = name.reference ?? name.partnerReferenceNo ?? name.virtualAccountNo;
  if (wanted === undefined) throw new ControlRequestError("give reference, partnerReferenceNo or virtualAccountNo");
  const account = wanted.replaceAll(" ", "");
  const found = book.charges().findLast((charge) => {
    const { reference, partnerReferenceNo, details } = charge;
    const isAccount = details.kind === "virtual-account" && details.virtualAccountNo.trim() === account;
    return reference === wanted || partnerReferenceNo === wanted || isAccount;
  });
  if (found === undefined) throw new ControlRequestError(`no charge ${wanted} in the book`, 404);
  return found;
}

/** Why the provider itself would not let the charge be paid; undefined when it would. */
export function obstacle(provider: Provider, charge: Charge, options: PayOptions): string | undefined {
  const status = chargeStatus(charge, provider.clock());
  const isPayable = status === "open" || status === "paying" || status === "pending";
  return isPayable || options.force ? undefined : `the provider's own book says ${status}`;
}

/** What is taken from the payer. */
export function amountTaken(charge: Charge, options: PayOptions): bigint {
  return options.amount === undefined ? charge.amountMinor : fromDecimal(options.amount);
}

/** When the first attempt to notify is due. */
export function firstDueAt(provider: Provider, options: PayOptions): string {
  return new Date(provider.clock().getTime() + options.delayMs).toISOString();
}

/** Writes down the money and the message it causes in one line, durably. */
export async function takeMoney(
  provider: Provider,
  charge: Charge,
  taken: { readonly paymentRequestId: string; readonly amountMinor: bigint },
  notification: OwedNotification | null,
): Promise<void> {
  provider.book.record({
    entry: "payment-taken",
    at: provider.clock().toISOString(),
    reference: charge.reference,
    paymentRequestId: taken.paymentRequestId,
    amount: toDecimal(taken.amountMinor),
    notification,
  });
  await provider.book.flush();
}

/** Sends a fresh notification as often as asked and collects what the merchant answered. */
export async function notifyNow(
  provider: Provider,
  notification: OwedNotification,
  options: PayOptions,
): Promise<MerchantAnswer[]> {
  const { delivery } = provider;
  if (options.delayMs > 0) {
    delivery.schedule(notification.notificationId);
    return [];
  }
  const externalId = options.externalId === "fresh" ? null : notification.externalId;
  const repetitions = Array.from({ length: options.times - 1 });
  const repeat = () => delivery.repeat(notification.notificationId, externalId);
  if (options.concurrent)
    return Promise.all([delivery.attempt(notification.notificationId), ...repetitions.map(repeat)]);
  const answers = [await delivery.attempt(notification.notificationId)];
  for (const _ of repetitions) answers.push(await repeat());
  return answers;
}

/** The report of a payment attempt. */
export function report(
  provider: Provider,
  charge: Charge,
  outcome: PayReport["outcome"],
  answers: readonly MerchantAnswer[],
  reason: string | null = null,
): PayReport {
  return { outcome, reason, charge: chargeView(charge, provider.clock()), answers };
}
