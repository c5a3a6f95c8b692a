import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { accounts } from "../../../../subgraphs/commerce/domain/ledger/movements.ts";
import type { Courier } from "../../../../subgraphs/commerce/domain/shipping/courier.ts";
import { eventually } from "../../../support/eventually.ts";
import { useCommerce } from "../support/test-commerce.ts";
import { courierNames } from "./courier-processes.ts";
import { openShippingRig, type SendableOrder, type ShippingRig, type ShownOrder } from "./shipping-rig.ts";

const couriers: Courier[] = [];
const commerce = useCommerce({ couriers });
let rig: ShippingRig;

beforeAll(async () => {
  rig = await openShippingRig(commerce(), couriers);
}, 60_000);
afterAll(async () => {
  await rig?.stop();
});

const sen = (amount: string): bigint => BigInt(amount.replace(".", ""));
const kinds = ({ timeline }: ShownOrder): string[] => timeline.map(({ kind }) => kind);
const controlOf = ({ courier }: SendableOrder) => rig.processes.of(courier);

async function booksOf(order: SendableOrder) {
  const codes = {
    escrow: accounts.buyerEscrow(order.orderId),
    courier: accounts.courierPayable(order.courier),
    borne: accounts.shippingExpense,
  };
  const balances = await commerce().parts.store.ledger.balances(Object.values(codes));
  const of = (code: string): bigint => balances.get(code) ?? 0n;
  return { escrow: of(codes.escrow), courier: of(codes.courier), borne: of(codes.borne) };
}

async function expectSoundBooks(): Promise<void> {
  const { size: _size, ...faults } = await commerce().parts.store.ledger.audit();
  expect(Object.values(faults).filter((fault) => Array.isArray(fault) && fault.length > 0)).toEqual([]);
  expect(faults.isSumZero).toBe(true);
}

async function sent(courier: SendableOrder["courier"]): Promise<SendableOrder> {
  const order = await rig.buy(courier);
  expect(await rig.act(order, "markOrderShipped")).toMatchObject({ waybillNo: expect.any(String) });
  return order;
}

async function callbacksTaken(order: SendableOrder): Promise<number> {
  const { rows } = await commerce().parts.database.pool.query(
    "SELECT count(*)::int AS taken FROM courier_callback WHERE order_id = $1",
    [order.orderId],
  );
  return rows[0].taken;
}

/** All that call-backs have started for the order is done. */
async function settled(order: SendableOrder): Promise<void> {
  await eventually(async () => {
    const { rows } = await commerce().parts.database.pool.query(
      `SELECT count(*)::int AS open FROM durable.workflow_status
       WHERE workflow_uuid LIKE 'track-shipment:' || $1 || ':%-%' AND workflow_uuid NOT LIKE '%:round-%'
         AND status NOT IN ('SUCCESS', 'ERROR')`,
      [order.orderId],
    );
    return rows[0].open === 0 ? true : undefined;
  });
}

describe.each(courierNames)("an order that %s carries", (courier) => {
  test("has a waybill once its shop sends it, and is delivered, completed and paid for by what the courier tracks", async () => {
    const order = await sent(courier);
    const before = await booksOf(order);
    for (const state of ["picked-up", "in-transit", "out-for-delivery", "delivered"]) {
      expect((await controlOf(order).move(order.orderId, state, { place: "Sleman" })).answers).toEqual([200]);
    }
    const shown = await rig.until(order, ({ status }) => status === "COMPLETED");
    expect(shown.shipment).toMatchObject({ status: "DELIVERED", waybillNo: expect.any(String) });
    expect(shown.shipment.history.map(({ status }) => status)).toEqual(
      expect.arrayContaining(["BOOKED", "PICKED_UP", "IN_TRANSIT", "OUT_FOR_DELIVERY", "DELIVERED"]),
    );
    expect(shown.timeline).toContainEqual({
      kind: "WAYBILL_ISSUED",
      by: "COURIER",
      reason: shown.shipment.waybillNo,
    });
    expect(shown.timeline).toContainEqual({ kind: "PARCEL_TRACKED", by: "COURIER", reason: "IN_TRANSIT, Sleman" });
    expect(shown.timeline).toContainEqual({ kind: "DELIVERED", by: "COURIER", reason: null });
    const after = await booksOf(order);
    expect(before.courier - after.courier).toBe(sen(shown.shipment.fee.amount));
    expect(after.escrow).toBe(0n);
    await expectSoundBooks();
  });

  test("is booked once although the courier's answer was lost, and its shop asks again", async () => {
    const order = await rig.buy(courier);
    await controlOf(order).behave({ operation: "courier-book", behaviour: "drop", times: 2 });
    const idempotencyKey = `ship-${order.orderId}`;
    const first = await rig.act(order, "markOrderShipped", { idempotencyKey });
    expect(first).toMatchObject({ waybillNo: null, progress: { status: "SHIPPED" } });
    expect((await rig.show(order)).shipment).toMatchObject({ status: "BOOKING", waybillNo: null });
    const { shipment } = await rig.until(order, (shown) => shown.shipment.waybillNo !== null);
    const again = await rig.act(order, "markOrderShipped", { idempotencyKey });
    expect(again).toMatchObject({ waybillNo: shipment.waybillNo });
    const booked = (await controlOf(order).parcels()).filter(({ reference }) => reference === order.orderId);
    expect(booked.map(({ waybill }) => waybill)).toEqual([shipment.waybillNo]);
    expect(kinds(await rig.show(order)).filter((kind) => kind === "WAYBILL_ISSUED")).toHaveLength(1);
    await controlOf(order).reset();
  });

  test("is told twice, at once, late, out of order and by forgers, and ends as if it had been told once", async () => {
    const order = await sent(courier);
    const control = controlOf(order);
    const { orderId: reference } = order;
    await control.move(reference, "picked-up", { delayMs: 700 });
    await control.move(reference, "in-transit", { times: 5, concurrent: true });
    const lies = { reference, claim: "lost", times: 3 };
    expect((await control.post("forge", { ...lies, signature: "wrong" })).answers).toEqual([401, 401, 401]);
    expect((await control.post("forge", { ...lies, signature: "missing" })).answers).toEqual([401, 401, 401]);
    expect((await control.post("forge", { ...lies, signature: "valid", ageSeconds: 900 })).answers).toEqual([
      401, 401, 401,
    ]);
    // Truly signed, yet not true: it only makes us ask.
    expect((await control.post("forge", { ...lies, signature: "valid", times: 1 })).answers).toEqual([200]);
    await control.move(reference, "out-for-delivery", { signature: "wrong" });
    await eventually(async () => ((await callbacksTaken(order)) === 3 ? true : undefined));
    await settled(order);
    const { shipment, timeline, dispute } = await rig.show(order);
    expect(shipment.history.map(({ status }) => status).sort()).toEqual(
      ["BOOKED", "IN_TRANSIT", "OUT_FOR_DELIVERY", "PICKED_UP"].sort(),
    );
    expect(shipment.status).toBe("OUT_FOR_DELIVERY");
    expect(timeline.filter(({ kind }) => kind === "PARCEL_TRACKED")).toHaveLength(4);
    expect(dispute).toBe("NONE");
    await control.move(reference, "in-transit");
    await settled(order);
    expect((await rig.show(order)).shipment.status).toBe("OUT_FOR_DELIVERY");
  });
});

describe("an order that a courier carries", () => {
  const courier = "lintas-kurir";

  test("goes on with the shop alone when the courier refuses it; the fee is the shop's", async () => {
    const order = await rig.buy(courier);
    const responseCode = "422 SERVICE_NOT_AVAILABLE";
    await controlOf(order).behave({ operation: "courier-book", behaviour: "refuse", responseCode });
    const before = await booksOf(order);
    expect(await rig.act(order, "markOrderShipped")).toMatchObject({ waybillNo: null });
    const shown = await rig.show(order);
    expect(shown.shipment.status).toBe("REFUSED");
    expect(kinds(shown)).toContain("BOOKING_REFUSED");
    await rig.act(order, "confirmReceipt");
    expect((await booksOf(order)).courier).toBe(before.courier);
    await expectSoundBooks();
  });

  test("that its courier calls off, is disputed, so that its money does not wait for ever", async () => {
    const order = await sent(courier);
    await controlOf(order).move(order.orderId, "cancelled");
    const shown = await rig.until(order, ({ dispute }) => dispute === "OPEN");
    expect(shown).toMatchObject({ status: "SHIPPED", shipment: { status: "CANCELLED" } });
    expect(shown.timeline.find(({ kind }) => kind === "DISPUTE_OPENED")).toMatchObject({
      by: "COURIER",
      reason: "the courier has called the parcel off",
    });
  });

  test("that is lost, is disputed; refunded in full, its courier gets nothing and nobody pays twice", async () => {
    const order = await sent(courier);
    const before = await booksOf(order);
    await controlOf(order).move(order.orderId, "lost");
    const shown = await rig.until(order, ({ dispute }) => dispute === "OPEN");
    expect(shown.timeline).toContainEqual({
      kind: "DISPUTE_OPENED",
      by: "COURIER",
      reason: "the courier has lost the parcel",
    });
    await rig.act(order, "resolveDispute", { refundAmount: shown.total.amount, reason: "lost" });
    expect(await booksOf(order)).toEqual({ ...before, escrow: 0n });
    await expectSoundBooks();
  });

  test("that was carried back, is disputed; refunded in full, its courier is owed the fee, which the platform bears", async () => {
    const order = await sent(courier);
    const before = await booksOf(order);
    await controlOf(order).move(order.orderId, "returning", { silent: true });
    await controlOf(order).move(order.orderId, "returned");
    const shown = await rig.until(order, ({ dispute }) => dispute === "OPEN");
    await rig.act(order, "resolveDispute", { refundAmount: shown.total.amount, reason: "nobody at home" });
    const after = await booksOf(order);
    const fee = sen(shown.shipment.fee.amount);
    expect(after).toEqual({ escrow: 0n, courier: before.courier - fee, borne: before.borne + fee });
    await expectSoundBooks();
  });

  test("that is refunded after it was complete, is refunded by the shop as far as the goods go, the fee by the platform", async () => {
    const order = await sent(courier);
    await controlOf(order).move(order.orderId, "delivered");
    const shown = await rig.until(order, ({ status }) => status === "COMPLETED");
    const before = await booksOf(order);
    await rig.act(order, "refundOrder", { amount: shown.total.amount, reason: "goodwill" });
    const after = await booksOf(order);
    expect(after).toEqual({ ...before, borne: before.borne + sen(shown.shipment.fee.amount) });
    await expectSoundBooks();
  });

  test("whose courier never tells, is asked about after some hours", async () => {
    const order = await sent(courier);
    await controlOf(order).move(order.orderId, "delivered", { silent: true });
    await rig.start("track-shipment", `track-shipment:${order.orderId}:round-7`, {
      orderId: order.orderId,
      round: "7",
    });
    await rig.until(order, ({ shipment }) => shipment.status === "DELIVERED");
    const { rows } = await commerce().parts.database.pool.query(
      "SELECT workflow_uuid AS id FROM durable.workflow_status WHERE workflow_uuid LIKE 'track-shipment:' || $1 || ':round-%'",
      [order.orderId],
    );
    const rounds = rows.map(({ id }) => String(id).split(":").at(-1)).sort();
    expect(rounds).toEqual(["round-1", "round-7", "round-8"]);
  });

  test("is followed on after the courier's process was killed and has started again from its book", async () => {
    const order = await sent(courier);
    await controlOf(order).move(order.orderId, "picked-up", { delayMs: 60_000 });
    await rig.processes.kill(courier);
    await rig.processes.restart(courier);
    await controlOf(order).move(order.orderId, "in-transit");
    const shown = await rig.until(order, ({ shipment }) => shipment.status === "IN_TRANSIT");
    expect(shown.shipment.history).toHaveLength(3);
  });

  test("tells nobody but its buyer where it is", async () => {
    const order = await sent(courier);
    const other = await commerce().client("buyer-of-something-else");
    const found = await other.data<{ order: unknown }>(
      "query ($id: ID!) { order(id: $id) { shipment { waybillNo } } }",
      {
        id: order.orderId,
      },
    );
    expect(found.order).toBeNull();
  });
});

test("a call-back about a parcel that is not ours, is refused and leaves nothing", async () => {
  const order = await sent("lintas-kurir");
  const foreign = await sent("rantau-ekspres");
  const body = JSON.stringify({ event_id: "1", waybill: "LK1", reference: foreign.orderId, status: "DELIVERED" });
  const { answers } = await controlOf(order).post("forge", { signature: "valid", rawBody: body });
  const garbage = await controlOf(order).post("forge", { signature: "valid", rawBody: "{" });
  expect([...answers, ...garbage.answers]).toEqual([404, 400]);
  expect(await callbacksTaken(foreign)).toBe(0);
});
