import type { LockedOrder } from "../fulfilment.ts";
import { accounts, carriageRestored, carriageReversed, courierBilled, parcelCause } from "../ledger/movements.ts";
import type { MoneyException } from "../money-exception.ts";
import type { Transaction } from "../ports.ts";
import { type BookedParcel, isCourierOwed, type Shipment, type ShipmentStatus } from "../shipping/shipment.ts";

/** Names what is open about a courier's bill of a parcel. */
export function billException(
  courier: string,
  waybill: string,
): Pick<MoneyException, "provider" | "kind" | "reference"> {
  return { provider: courier, kind: "COURIER_BILL_DIFFERS", reference: waybill };
}

/**
 * Posts what a courier charges more or less for a parcel than the buyer paid, once. Only for a fee that the courier is owed in
 * the books already, or is from this transaction on: before, it would owe us a difference of nothing. Needs the order's lock.
 */
export async function postBilled(
  tx: Transaction,
  { courier, waybill, fee }: Shipment,
  { charged }: BookedParcel,
  at: Date,
): Promise<void> {
  const moreMinor = charged.amountMinor - fee.amountMinor;
  if (waybill === null || moreMinor === 0n) return;
  const posted = await tx.ledger.entriesOf("courier-bill", parcelCause(courier, waybill));
  if (posted.length > 0) return;
  await tx.ledger.post(courierBilled(courier, waybill, { ...charged, amountMinor: moreMinor }), at);
}

/** What the courier was given of the order, and how much of that the platform bore, in minor units. */
async function carriageOf(tx: Transaction, order: LockedOrder, { courier, waybill }: Shipment) {
  const legs = await tx.fulfilment.carriageLegs(order.id, parcelCause(courier, waybill ?? ""));
  const given = (code: string): bigint => legs.get(code) ?? 0n;
  return {
    courierMinor: given(accounts.courierPayable(courier)) + given(accounts.courierReceivable(courier)),
    borneMinor: -given(accounts.shippingExpense),
  };
}

async function takeBack(tx: Transaction, order: LockedOrder, shipment: Shipment, at: Date): Promise<void> {
  const { courierMinor, borneMinor } = await carriageOf(tx, order, shipment);
  if (courierMinor <= 0n) return;
  // As the release would have split it: the shop has what the buyer paid for carrying and did not get back.
  const shopMinor = courierMinor > borneMinor ? courierMinor - borneMinor : 0n;
  const { courier, fee } = shipment;
  const parts = { shopId: order.shopId, shopMinor, platformMinor: courierMinor - shopMinor };
  await tx.ledger.post(carriageReversed(order.id, courier, parts, fee.currency), at);
}

async function giveAgain(
  tx: Transaction,
  order: LockedOrder,
  shipment: Shipment,
  booked: BookedParcel,
  at: Date,
): Promise<void> {
  const { courier, fee } = shipment;
  const { courierMinor } = await carriageOf(tx, order, shipment);
  const owed = booked.isBilled ? booked.charged : fee;
  const missingMinor = owed.amountMinor - courierMinor;
  if (missingMinor <= 0n) return;
  await tx.ledger.post(carriageRestored(order.id, courier, { ...owed, amountMinor: missingMinor }), at);
}

/**
 * Lets the books follow a parcel that its courier is owed for, or is not any more, since it was `before`. Of a completed order
 * the fee of one that was called off or lost goes to whom the release would have given it: the shop, and the platform what it
 * bore; one that is found is owed its fee again, which the platform bears. A bill of a parcel that is not owed for any more
 * becomes an exception. Before completion nothing is posted: the release looks at where the parcel is. Needs the order's lock.
 */
export async function followCarriage(
  tx: Transaction,
  order: LockedOrder,
  before: ShipmentStatus,
  at: Date,
): Promise<void> {
  const { shipment } = order;
  if (shipment === null || shipment.waybill === null) return;
  const isOwed = isCourierOwed(shipment.status);
  if (isOwed === isCourierOwed(before)) return;
  const { courier, waybill, status } = shipment;
  const booked = await tx.shipping.bookedAs(courier, waybill);
  if (booked === null) throw new Error(`the parcel of order ${order.id} is not booked`);
  const isReleased = order.status === "COMPLETED";
  if (isReleased && isOwed) await giveAgain(tx, order, shipment, booked, at);
  if (isReleased && !isOwed) await takeBack(tx, order, shipment, at);
  if (!booked.isBilled) return;
  const name = billException(courier, waybill);
  const { amountMinor: reportedMinor, currency } = booked.charged;
  const about = { paymentId: null, expectedMinor: 0n, reportedMinor, currency };
  if (isOwed) await tx.exceptions.close(name, `the parcel is ${status}`);
  else await tx.exceptions.open({ ...name, ...about, detail: `a parcel that was billed is ${status} since` }, at);
}
