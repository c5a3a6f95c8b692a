import { expect, test } from "@jest/globals";
import { createBookShipment } from "../../../../subgraphs/commerce/domain/actions/book-shipment.ts";
import { courierAmong } from "../../../../subgraphs/commerce/domain/actions/intend-booking.ts";
import { accounts } from "../../../../subgraphs/commerce/domain/ledger/movements.ts";
import { actOn, directRun, paidOrder } from "../support/paid-order.ts";
import { useCommerce } from "../support/test-commerce.ts";
import { rate, rates, scriptedCourier } from "./scripted-couriers.ts";

const kilat = scriptedCourier("kilat", "Kilat");
const commerce = useCommerce({ couriers: [kilat] });
const feeMinor = 1_200_000n;

async function balances() {
  const codes = [accounts.courierPayable(kilat.id), accounts.shippingExpense];
  const read = await commerce().parts.store.ledger.balances(codes);
  return codes.map((code) => read.get(code) ?? 0n);
}

test("a courier that did not say whether it carries is owed nothing when the buyer confirms, and its fee once it says so", async () => {
  kilat.answer = rates(rate("BIASA", 12_000));
  const order = await paidOrder(commerce());
  // It answers neither the booking nor the question for it.
  await actOn(commerce(), "markOrderShipped", order, "seller", `commerce:sell commerce:shop:${order.shopId}`);
  await actOn(commerce(), "confirmReceipt", order, order.buyer);
  expect(await balances()).toEqual([0n, 0n]);

  const charged = { amountMinor: feeMinor, currency: "IDR" };
  const booked = { ...kilat, find: async () => ({ kind: "booked", waybill: "KLT-1", charged }) as const };
  const { work, clock } = commerce().parts;
  const book = createBookShipment({ courierOf: courierAmong([booked]), work, clock });
  for (let round = 0; round < 2; round += 1) await book(directRun(commerce()), { orderId: order.orderId });
  expect(await balances()).toEqual([-feeMinor, feeMinor]);
});
