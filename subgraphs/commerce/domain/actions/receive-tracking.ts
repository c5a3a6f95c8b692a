import { isUuid } from "../../../../platform/values/ids.ts";
import type { Clock } from "../../../../platform/values/instants.ts";
import type { DurableWork, Transactions } from "../ports.ts";

/** What receiving call-backs of couriers needs. */
export interface TrackingReceiver {
  readonly transactions: Transactions;
  readonly work: DurableWork;
  readonly clock: Clock;
}

/** A verified call-back: which parcel it is about. What it claims of the parcel is not looked at. */
export interface ToldParcel {
  readonly courier: string;
  /** The courier's number of the message: told again, it is the same. */
  readonly eventId: string;
  readonly reference: string;
  readonly waybill: string;
  readonly rawBody: Buffer;
}

/** Takes a call-back in: kept once, it wakes the work that asks the courier. Answers whether the parcel is ours. */
export async function receiveTracking(
  { transactions, work, clock }: TrackingReceiver,
  { courier, eventId, reference, waybill, rawBody }: ToldParcel,
): Promise<boolean> {
  if (!isUuid(reference)) return false;
  return transactions.runInTransaction(async (tx) => {
    const orderId = await tx.shipping.orderOf(courier, reference, waybill);
    if (orderId === null) return false;
    if (!(await tx.shipping.keepCallback({ courier, eventId, orderId, rawBody }, clock()))) return true;
    const wake = `${courier}-${eventId}`;
    await work.startInTx(tx, "track-shipment", `track-shipment:${orderId}:${wake}`, { orderId, wake });
    return true;
  });
}
