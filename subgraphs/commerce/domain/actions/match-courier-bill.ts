import type { Money } from "../../../../platform/values/money.ts";
import type { Transaction } from "../ports.ts";
import { isCourierOwed } from "../shipping/shipment.ts";
import { billException, postBilled } from "./carriage-fee.ts";

/** A parcel on a courier's bill. */
export interface CourierBillLine {
  readonly waybill: string;
  readonly amount: Money;
}

/** What became of a line. `MATCHED`: it agrees with our books. `REPEATED`: it did before. `EXCEPTION`: a person must look. */
export type BillLineOutcome = "MATCHED" | "REPEATED" | "EXCEPTION";

/**
 * Holds a line of a courier's bill against our books. One with the sum that the courier said when it was booked is matched: what
 * that is more or less than the fee is posted, now or, when the order is not complete yet, together with the fee at its release.
 * Whatever differs is posted nowhere and becomes an exception. Locks the parcel's order.
 */
export async function matchCourierBill(
  tx: Transaction,
  courier: string,
  { waybill, amount }: CourierBillLine,
  at: Date,
): Promise<BillLineOutcome> {
  const found = await tx.shipping.bookedAs(courier, waybill);
  const order = found === null ? null : await tx.fulfilment.lock(found.orderId);
  // Under the order's lock: of two bills at once, the second finds what the first wrote down.
  const booked = await tx.shipping.bookedAs(courier, waybill);
  const shipment = order?.shipment ?? null;
  const name = billException(courier, waybill);
  const differs = async (detail: string, expectedMinor: bigint | null): Promise<"EXCEPTION"> => {
    const { amountMinor: reportedMinor, currency } = amount;
    await tx.exceptions.open({ ...name, paymentId: null, expectedMinor, reportedMinor, currency, detail }, at);
    return "EXCEPTION";
  };
  if (booked === null || order === null || shipment === null)
    return differs("the bill has a parcel that is none of ours", null);
  const { charged } = booked;
  if (!isCourierOwed(shipment.status)) {
    return differs(`the bill has a parcel that is ${shipment.status}, for which nothing is owed`, 0n);
  }
  if (amount.amountMinor !== charged.amountMinor || amount.currency !== charged.currency) {
    return differs("the bill has another sum than the courier said when the parcel was booked", charged.amountMinor);
  }
  await tx.exceptions.close(name, "a bill has the sum that was agreed");
  if (booked.isBilled) return "REPEATED";
  await tx.shipping.markBilled(courier, waybill, at);
  if (order.status === "COMPLETED") await postBilled(tx, shipment, booked, at);
  return "MATCHED";
}
