import type { Money } from "../../../../platform/values/money.ts";
import { accounts, courierBilled, parcelCause } from "../ledger/movements.ts";
import type { Transaction } from "../ports.ts";
import { isCourierOwed } from "../shipping/shipment.ts";

/** A parcel on a courier's bill. */
export interface CourierBillLine {
  readonly waybill: string;
  readonly amount: Money;
}

/** What became of a line. `MATCHED`: it agrees with our books. `REPEATED`: it did before. `EXCEPTION`: a person must look. */
export type BillLineOutcome = "MATCHED" | "REPEATED" | "EXCEPTION";

/**
 * Holds a line of a courier's bill against our books. One with the sum that the courier said when it was booked is matched: what
 * that is more or less than the fee, which the courier is owed when the order is complete, is posted. Whatever differs is posted
 * nowhere and becomes an exception. Locks the parcel's order.
 */
export async function matchCourierBill(
  tx: Transaction,
  courier: string,
  { waybill, amount }: CourierBillLine,
  at: Date,
): Promise<BillLineOutcome> {
  const booked = await tx.shipping.bookedAs(courier, waybill);
  const shipment = booked === null ? null : ((await tx.fulfilment.lock(booked.orderId))?.shipment ?? null);
  const name = { provider: courier, kind: "COURIER_BILL_DIFFERS", reference: waybill } as const;
  const differs = async (detail: string, expectedMinor: bigint | null): Promise<"EXCEPTION"> => {
    const { amountMinor: reportedMinor, currency } = amount;
    await tx.exceptions.open({ ...name, paymentId: null, expectedMinor, reportedMinor, currency, detail }, at);
    return "EXCEPTION";
  };
  if (booked === null || shipment === null) return differs("the bill has a parcel that is none of ours", null);
  const { charged } = booked;
  if (!isCourierOwed(shipment.status)) {
    return differs(`the bill has a parcel that is ${shipment.status}, for which nothing is owed`, 0n);
  }
  if (amount.amountMinor !== charged.amountMinor || amount.currency !== charged.currency) {
    return differs("the bill has another sum than the courier said when the parcel was booked", charged.amountMinor);
  }
  const moreMinor = charged.amountMinor - shipment.fee.amountMinor;
  const posted = await tx.ledger.entriesOf("courier-bill", parcelCause(courier, waybill));
  if (posted.some(({ account }) => account === accounts.shippingExpense)) return "REPEATED";
  if (moreMinor !== 0n) {
    await tx.ledger.post(courierBilled(courier, waybill, { ...charged, amountMinor: moreMinor }), at);
  }
  await tx.exceptions.close(name, "a bill has the sum that was agreed");
  return "MATCHED";
}
