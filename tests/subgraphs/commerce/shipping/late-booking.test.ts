import { expect, test } from "@jest/globals";
import { createBookShipment } from "../../../../subgraphs/commerce/domain/actions/book-shipment.ts";
import { courierAmong } from "../../../../subgraphs/commerce/domain/actions/intend-booking.ts";
import { accounts } from "../../../../subgraphs/commerce/domain/ledger/movements.ts";
import { directRun, type PaidOrder, paidOrder } from "../support/paid-order.ts";
import { newKey, useCommerce } from "../support/test-commerce.ts";
import { rate, rates, scriptedCourier } from "./scripted-couriers.ts";

const kilat = scriptedCourier("kilat", "Kilat");
const commerce = useCommerce({ couriers: [kilat] });
const feeMinor = 1_200_000n;

async function act(name: string, caller: readonly [string, string?], { orderId }: PaidOrder): Promise<void> {
  const client = await commerce().client(...caller);
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  const { done } = await client.data<{ done: { __typename: string } }>(
    `mutation ($input: ${type}Input!) { done: ${name}(input: $input) { __typename } }`,
    { input: { orderId, idempotencyKey: newKey() } },
  );
  expect(done.__typename).toBe(`${type}Success`);
}

async function balances() {
  const codes = [accounts.courierPayable(kilat.id), accounts.shippingExpense];
  const read = await commerce().parts.store.ledger.balances(codes);
  return codes.map((code) => read.get(code) ?? 0n);
}

test("a courier that did not say whether it carries is owed nothing when the buyer confirms, and its fee once it says so", async () => {
  kilat.answer = rates(rate("BIASA", 12_000));
  const order = await paidOrder(commerce());
  // It answers neither the booking nor the question for it.
  await act("markOrderShipped", ["seller", `commerce:sell commerce:shop:${order.shopId}`], order);
  await act("confirmReceipt", [order.buyer], order);
  expect(await balances()).toEqual([0n, 0n]);

  const charged = { amountMinor: feeMinor, currency: "IDR" };
  const booked = { ...kilat, find: async () => ({ kind: "booked", waybill: "KLT-1", charged }) as const };
  const { work, clock } = commerce().parts;
  const book = createBookShipment({ courierOf: courierAmong([booked]), work, clock });
  for (let round = 0; round < 2; round += 1) await book(directRun(commerce()), { orderId: order.orderId });
  expect(await balances()).toEqual([-feeMinor, feeMinor]);
});
