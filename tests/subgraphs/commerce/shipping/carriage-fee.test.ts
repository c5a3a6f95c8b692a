import { beforeAll, expect, test } from "@jest/globals";
import { actOnOrder } from "../../../../subgraphs/commerce/domain/actions/act-on-order.ts";
import { createBookShipment } from "../../../../subgraphs/commerce/domain/actions/book-shipment.ts";
import { courierAmong } from "../../../../subgraphs/commerce/domain/actions/intend-booking.ts";
import { matchCourierBill } from "../../../../subgraphs/commerce/domain/actions/match-courier-bill.ts";
import { createTrackShipment } from "../../../../subgraphs/commerce/domain/actions/track-shipment.ts";
import { accounts } from "../../../../subgraphs/commerce/domain/ledger/movements.ts";
import type { OrderCommand } from "../../../../subgraphs/commerce/domain/order-life.ts";
import type { TrackedStatus, TrackingStep } from "../../../../subgraphs/commerce/domain/shipping/tracking.ts";
import { actOn, directRun, fulfillingOf, type PaidOrder, paidOrder } from "../support/paid-order.ts";
import { newKey, useCommerce } from "../support/test-commerce.ts";
import { rate, rates, scriptedCourier } from "./scripted-couriers.ts";

const kilat = scriptedCourier("kilat", "Kilat");
const commerce = useCommerce({ couriers: [kilat] });
const fee = 1_200_000n;
const idr = (amountMinor: bigint) => ({ amountMinor, currency: "IDR" });

beforeAll(() => {
  kilat.answer = rates(rate("BIASA", 12_000));
});

interface Sent extends PaidOrder {
  readonly waybill: string;
  /** What moved since the order was paid: the shop's, the courier's (owed, owing), what carrying cost the platform. */
  readonly moved: () => Promise<{ shop: bigint; courier: bigint; owing: bigint; expense: bigint }>;
}

async function paid(): Promise<Sent> {
  const order = await paidOrder(commerce());
  const codes = [
    accounts.sellerPayable(order.shopId),
    accounts.sellerReceivable(order.shopId),
    accounts.courierPayable(kilat.id),
    accounts.courierReceivable(kilat.id),
    accounts.shippingExpense,
  ];
  const read = async () => {
    const balances = await commerce().parts.store.ledger.balances(codes);
    return codes.map((code) => balances.get(code) ?? 0n);
  };
  const before = await read();
  const moved = async () => {
    const [payable = 0n, receivable = 0n, courier = 0n, owing = 0n, expense = 0n] = (await read()).map(
      (balance, n) => balance - (before[n] ?? 0n),
    );
    return { shop: -payable - receivable, courier: -courier, owing, expense };
  };
  return { ...order, waybill: `KLT-${newKey()}`, moved };
}

async function book({ orderId, waybill }: Sent, chargedMinor: bigint): Promise<void> {
  const booking = { ...kilat, find: async () => ({ kind: "booked", waybill, charged: idr(chargedMinor) }) as const };
  const { work, clock } = commerce().parts;
  await createBookShipment({ courierOf: courierAmong([booking]), work, clock })(directRun(commerce()), { orderId });
}

/** An order whose courier said at booking that it charges so much for what the buyer pays Rp 12.000. */
async function sent(chargedMinor = fee): Promise<Sent> {
  const order = await paid();
  await actOn(commerce(), "markOrderShipped", order, "seller", `commerce:sell commerce:shop:${order.shopId}`);
  await book(order, chargedMinor);
  return order;
}

const confirm = (order: Sent) => actOn(commerce(), "confirmReceipt", order, order.buyer);

/** The courier tells all that so far happened to the parcel, twice. */
async function tell({ orderId }: Sent, ...statuses: readonly TrackedStatus[]): Promise<void> {
  const steps = statuses.map((status, n): TrackingStep => {
    return { status, code: status, place: "", at: new Date(1_800_000_000_000 + n * 1_000) };
  });
  const courier = { ...kilat, track: async () => ({ kind: "tracked", steps }) as const };
  const track = createTrackShipment({ fulfilling: fulfillingOf(commerce()), courierOf: () => courier });
  for (let round = 0; round < 2; round += 1) await track(directRun(commerce()), { orderId, wake: newKey() });
}

async function operate({ orderId }: Sent, operation: "resolveDispute" | "refundOrder", command: OrderCommand) {
  const request = { operation, orderId, command, reason: null, idempotencyKey: newKey() };
  const result = await actOnOrder(fulfillingOf(commerce()), { kind: "OPERATOR", subject: "operator" }, request);
  if (!result.ok) throw new Error(result.refusal.kind);
}

const bill = ({ waybill }: Sent, minor: bigint) =>
  commerce().parts.store.transactions.runInTransaction((tx) =>
    matchCourierBill(tx, kilat.id, { waybill, amount: idr(minor) }, new Date()),
  );

async function billExceptions({ waybill }: Sent): Promise<unknown[]> {
  const { rows } = await commerce().parts.database.pool.query(
    `SELECT owner, expected_minor::text AS expected, closed_at IS NULL AS open FROM money_exception
     WHERE kind = 'COURIER_BILL_DIFFERS' AND reference = $1`,
    [waybill],
  );
  return rows;
}

const overdrawn = async () => (await commerce().parts.store.ledger.audit()).overdrawnAccounts;

test.each([
  ["less", 1_100_000n, { courier: fee, owing: 100_000n, expense: -100_000n }],
  ["more", 1_300_000n, { courier: 1_300_000n, owing: 0n, expense: 100_000n }],
])(
  "a bill of %s than the fee that comes before the fee is owed is posted with it, once",
  async (_case, charged, owed) => {
    const order = await sent(charged);
    expect((await Promise.all([bill(order, charged), bill(order, charged)])).sort()).toEqual(["MATCHED", "REPEATED"]);
    expect(await order.moved()).toEqual({ shop: 0n, courier: 0n, owing: 0n, expense: 0n });
    expect(await overdrawn()).toEqual([]);
    await confirm(order);
    expect(await order.moved()).toMatchObject(owed);
    expect(await bill(order, charged)).toBe("REPEATED");
    expect(await order.moved()).toMatchObject(owed);
    expect(await overdrawn()).toEqual([]);
  },
  60_000,
);

test("a parcel that is found after its order was completed as lost is owed for, once, by the platform; its bill matches", async () => {
  const order = await sent(1_300_000n);
  await tell(order, "PICKED_UP", "LOST");
  await operate(order, "resolveDispute", { kind: "resolve-dispute", refundMinor: 0n });
  expect(await order.moved()).toMatchObject({ courier: 0n, owing: 0n, expense: 0n });
  await tell(order, "PICKED_UP", "LOST", "DELIVERED");
  expect(await order.moved()).toMatchObject({ courier: fee, owing: 0n, expense: fee });
  expect(await bill(order, 1_300_000n)).toBe("MATCHED");
  expect(await order.moved()).toMatchObject({ courier: 1_300_000n, owing: 0n, expense: 1_300_000n });
  expect(await overdrawn()).toEqual([]);
}, 60_000);

test.each(["CANCELLED", "LOST"] as const)(
  "a parcel that is %s after its order was completed: the courier owes its fee to the shop, which bears its part of a later refund",
  async (status) => {
    const order = await sent();
    await confirm(order);
    const { shop, ...carried } = await order.moved();
    expect(carried).toEqual({ courier: fee, owing: 0n, expense: 0n });
    await tell(order, status);
    expect(await order.moved()).toEqual({ shop: shop + fee, courier: fee, owing: fee, expense: 0n });
    await operate(order, "refundOrder", { kind: "refund", amountMinor: order.totalMinor });
    expect(await order.moved()).toEqual({ shop: 0n, courier: fee, owing: fee, expense: 0n });
    expect(await overdrawn()).toEqual([]);
  },
  60_000,
);

test("a fee that the platform bore goes back to it when the parcel is called off: what the buyer got back, and what the shop had", async () => {
  const refunded = await sent();
  await confirm(refunded);
  await operate(refunded, "refundOrder", { kind: "refund", amountMinor: refunded.totalMinor });
  expect(await refunded.moved()).toEqual({ shop: 0n, courier: fee, owing: 0n, expense: fee });
  await tell(refunded, "CANCELLED");
  expect(await refunded.moved()).toEqual({ shop: 0n, courier: fee, owing: fee, expense: 0n });

  // Nobody knew that it was carried when its order completed, so the shop had the fee.
  const late = await paid();
  await actOn(commerce(), "markOrderShipped", late, "seller", `commerce:sell commerce:shop:${late.shopId}`);
  await confirm(late);
  const { shop } = await late.moved();
  await book(late, fee);
  expect(await late.moved()).toEqual({ shop, courier: fee, owing: 0n, expense: fee });
  await tell(late, "CANCELLED");
  expect(await late.moved()).toEqual({ shop, courier: fee, owing: fee, expense: 0n });
}, 60_000);

test("a billed parcel that is lost after completion is an exception, its bill taken back too, until it is found", async () => {
  const order = await sent(1_100_000n);
  await confirm(order);
  const { shop } = await order.moved();
  expect(await bill(order, 1_100_000n)).toBe("MATCHED");
  await tell(order, "LOST");
  // The courier was given Rp 11.000 in all; the shop has what the buyer paid.
  expect(await order.moved()).toEqual({ shop: shop + fee, courier: fee, owing: fee, expense: 0n });
  expect(await billExceptions(order)).toEqual([{ owner: "finance", expected: "0", open: true }]);
  await tell(order, "LOST", "DELIVERED");
  expect(await order.moved()).toEqual({
    shop: shop + fee,
    courier: fee + 1_100_000n,
    owing: fee,
    expense: 1_100_000n,
  });
  expect(await billExceptions(order)).toMatchObject([{ open: false }]);
  expect(await bill(order, 1_100_000n)).toBe("REPEATED");
  expect(await overdrawn()).toEqual([]);
}, 60_000);

test("a refund of all goods, when the fee of the lost parcel went to the shop, leaves the shop that fee and the platform nothing", async () => {
  const order = await sent();
  await confirm(order);
  await tell(order, "LOST");
  const revenue = async () =>
    (await commerce().parts.store.ledger.balances([accounts.platformRevenue])).get(accounts.platformRevenue) ?? 0n;
  const { rows } = await commerce().parts.database.pool.query(
    `SELECT sum(e.amount_minor)::text AS earned FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
     JOIN ledger_account a ON a.id = e.account_id WHERE t.kind = 'release' AND t.reference = $1 AND a.code = $2`,
    [order.orderId, accounts.platformRevenue],
  );
  const earnedElsewhere = (await revenue()) - BigInt(rows[0].earned);
  await operate(order, "refundOrder", { kind: "refund", amountMinor: order.totalMinor - fee });
  expect(await order.moved()).toMatchObject({ shop: fee, expense: 0n });
  expect(await revenue()).toBe(earnedElsewhere);
}, 60_000);
