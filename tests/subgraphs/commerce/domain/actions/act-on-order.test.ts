import { describe, expect, test } from "@jest/globals";
import { createCompleteOrder } from "../../../../../subgraphs/commerce/domain/actions/complete-order.ts";
import { stockOf } from "../../support/buyer-journey.ts";
import { balancesOf, directRun, fulfillingOf, type PaidOrder, paidOrder } from "../../support/paid-order.ts";
import { newKey, useCommerce } from "../../support/test-commerce.ts";

const commerce = useCommerce();

type Field =
  | "confirmReceipt"
  | "cancelOrder"
  | "openDispute"
  | "resolveDispute"
  | "refundOrder"
  | "markOrderShipped"
  | "markOrderDelivered";

interface Payload {
  readonly __typename: string;
  readonly code?: string;
  readonly field?: string;
  readonly message?: string;
  readonly status?: string;
  readonly dispute?: string;
  readonly order?: { readonly status: string };
  readonly progress?: { readonly status: string; readonly dispute: string };
}

const scopesOf: Readonly<Record<Field, (order: PaidOrder) => string>> = {
  confirmReceipt: () => "commerce:buy",
  cancelOrder: () => "commerce:buy",
  openDispute: () => "commerce:buy",
  resolveDispute: () => "commerce:operate",
  refundOrder: () => "commerce:operate",
  markOrderShipped: ({ shopId }) => `commerce:sell commerce:shop:${shopId}`,
  markOrderDelivered: () => "commerce:operate",
};

function documentOf(field: Field): string {
  const name = `${field[0]?.toUpperCase()}${field.slice(1)}`;
  const success = ["confirmReceipt", "cancelOrder"].includes(field)
    ? "order { status }"
    : "progress { status dispute }";
  return `mutation ($input: ${name}Input!) { ${field}(input: $input) { __typename ... on UserError { code field message }
    ... on OrderStatusConflict { status dispute } ... on ${name}Success { ${success} } } }`;
}

const reasoned = ["cancelOrder", "openDispute", "resolveDispute", "refundOrder"];

async function act(
  field: Field,
  order: PaidOrder,
  changes: Record<string, unknown> = {},
  caller: { readonly subject?: string; readonly scope?: string } = {},
): Promise<Payload> {
  const scope = caller.scope ?? scopesOf[field](order);
  const subject = caller.subject ?? (scope.includes("commerce:buy") ? order.buyer : "somebody-else");
  const client = await commerce().client(subject, scope);
  const input = {
    orderId: order.orderId,
    idempotencyKey: newKey(),
    ...(reasoned.includes(field) ? { reason: "kainnya sobek" } : {}),
    ...changes,
  };
  return (await client.data<Record<string, Payload>>(documentOf(field), { input }))[field] as Payload;
}

async function shown(order: PaidOrder) {
  const client = await commerce().client(order.buyer);
  const { order: found } = await client.data<{
    order: {
      status: string;
      dispute: string;
      refunded: { amount: string };
      timeline: { kind: string; by: string; reason: string | null; amount: { amount: string } | null }[];
    };
  }>(
    `query ($id: ID!) { order(id: $id) { status dispute refunded { amount }
       timeline { kind by reason amount { amount } at } } }`,
    { id: order.orderId },
  );
  return found;
}

async function autoComplete(order: PaidOrder): Promise<void> {
  const fulfilling = fulfillingOf(commerce(), 1);
  await createCompleteOrder(fulfilling)(directRun(commerce()), { orderId: order.orderId });
}

async function delivered(options: Parameters<typeof paidOrder>[1] = {}): Promise<PaidOrder> {
  const order = await paidOrder(commerce(), options);
  await act("markOrderShipped", order);
  await act("markOrderDelivered", order);
  return order;
}

async function runsOf(workflow: string, id: string): Promise<number> {
  const { rows } = await commerce().parts.database.pool.query(
    "SELECT count(*)::int AS runs FROM durable.workflow_status WHERE name = $1 AND workflow_uuid LIKE '%' || $2 || '%'",
    [workflow, id],
  );
  return rows[0].runs;
}

async function expectSoundBooks(): Promise<void> {
  const { size: _size, ...faults } = await commerce().parts.store.ledger.audit();
  expect(faults).toEqual({
    unbalancedTransactions: [],
    isSumZero: true,
    escrowMismatches: [],
    overRefundedOrders: [],
    commissionMismatches: [],
    snapshotMismatches: [],
    transferFaults: [],
    overdrawnAccounts: [],
    strayAccounts: [],
  });
}

function change(after: Record<string, bigint>, before: Record<string, bigint>): Record<string, bigint> {
  return Object.fromEntries(Object.entries(after).map(([name, balance]) => [name, balance - (before[name] ?? 0n)]));
}

describe("an order that is paid", () => {
  test("is sent, delivered and confirmed: its escrow is released exactly, and its timeline says all of it", async () => {
    const order = await paidOrder(commerce(), { quantity: 3, isAttributed: true });
    const before = await balancesOf(commerce(), order);
    expect(before.escrow).toBe(-order.totalMinor);
    expect((await act("markOrderShipped", order)).progress).toEqual({ status: "SHIPPED", dispute: "NONE" });
    expect((await act("markOrderDelivered", order)).progress?.status).toBe("DELIVERED");
    expect(await runsOf("complete-order", order.orderId)).toBe(1);
    expect((await act("confirmReceipt", order)).order?.status).toBe("COMPLETED");
    const { timeline, refunded, status } = await shown(order);
    expect({ status, refunded: refunded.amount }).toEqual({ status: "COMPLETED", refunded: "0.00" });
    expect(timeline.map(({ kind, by }) => `${kind} ${by}`)).toEqual([
      "PLACED BUYER",
      "CONFIRMED PAYMENT",
      "SHIPPED SELLER",
      "DELIVERED OPERATOR",
      "RECEIPT_CONFIRMED BUYER",
      "COMPLETED BUYER",
    ]);
    const moved = change(await balancesOf(commerce(), order), before);
    expect(moved).toMatchObject({ escrow: order.totalMinor, receivable: 0n, refund: 0n });
    const total = Number(order.totalMinor);
    expect(Math.abs(Number(moved.fee) + total * 0.05)).toBeLessThan(1.01);
    expect(Math.abs(Number(moved.ppn) + total * 0.05 * 0.11)).toBeLessThan(1.01);
    expect(Math.abs(Number(moved.affiliate) + total * 0.03)).toBeLessThan(1.01);
    expect((moved.payable ?? 0n) + (moved.fee ?? 0n) + (moved.ppn ?? 0n) + (moved.affiliate ?? 0n)).toBe(
      -order.totalMinor,
    );
    await expectSoundBooks();
  });

  test("is confirmed by twenty requests and completed by the timer at once: it is released once", async () => {
    const order = await delivered();
    const before = await balancesOf(commerce(), order);
    const payloads = await Promise.all([
      ...Array.from({ length: 20 }, () => act("confirmReceipt", order)),
      autoComplete(order).then((): Payload => ({ __typename: "ConfirmReceiptSuccess" })),
    ]);
    expect(new Set(payloads.map(({ __typename }) => __typename))).toEqual(new Set(["ConfirmReceiptSuccess"]));
    expect(change(await balancesOf(commerce(), order), before).escrow).toBe(order.totalMinor);
    const { timeline } = await shown(order);
    expect(timeline.filter(({ kind }) => kind === "COMPLETED")).toHaveLength(1);
    await expectSoundBooks();
  });

  test("that nobody confirms, is completed by the timer; one that is only sent, is not", async () => {
    const order = await delivered();
    await autoComplete(order);
    expect((await shown(order)).timeline.at(-1)).toMatchObject({ kind: "COMPLETED", by: "TIMER" });
    const sent = await paidOrder(commerce());
    await act("markOrderShipped", sent);
    await autoComplete(sent);
    expect((await shown(sent)).status).toBe("SHIPPED");
  });

  test("is cancelled before it is sent: its stock is back, all its money is owed back, once", async () => {
    const order = await paidOrder(commerce(), { product: 3, quantity: 2 });
    const [before, stock] = [await balancesOf(commerce(), order), await stockOf(commerce(), order.variantId)];
    const idempotencyKey = newKey();
    const payloads = await Promise.all(Array.from({ length: 5 }, () => act("cancelOrder", order, { idempotencyKey })));
    expect(payloads.map((payload) => payload.order?.status)).toEqual(Array(5).fill("CANCELLED"));
    expect(await stockOf(commerce(), order.variantId)).toEqual({ ...stock, on_hand: stock.on_hand + 2 });
    expect(change(await balancesOf(commerce(), order), before)).toMatchObject({
      escrow: order.totalMinor,
      refund: -order.totalMinor,
    });
    const { refunded, timeline } = await shown(order);
    expect(BigInt(refunded.amount.replace(".", ""))).toBe(order.totalMinor);
    expect(timeline.slice(-2).map(({ kind }) => kind)).toEqual(["CANCELLED", "REFUND_OWED"]);
    expect(timeline.at(-1)).toMatchObject({ reason: "kainnya sobek", amount: { amount: refunded.amount } });
    await expectSoundBooks();
  });

  test("is not cancelled once it is sent, and says where it stands", async () => {
    const order = await paidOrder(commerce());
    await act("markOrderShipped", order);
    expect(await act("cancelOrder", order)).toMatchObject({
      __typename: "OrderStatusConflict",
      code: "ORDER_STATUS_CONFLICT",
      status: "SHIPPED",
      dispute: "NONE",
    });
    expect((await act("markOrderShipped", await paidOrder(commerce()))).__typename).toBe("MarkOrderShippedSuccess");
  });
});

describe("a dispute", () => {
  test("that is open, keeps timer and buyer from completing; resolved in part, it splits what is left", async () => {
    const order = await delivered({ product: 1, isAttributed: true });
    const before = await balancesOf(commerce(), order);
    expect((await act("openDispute", order)).progress).toEqual({ status: "DELIVERED", dispute: "OPEN" });
    await autoComplete(order);
    expect(await act("confirmReceipt", order)).toMatchObject({ code: "ORDER_STATUS_CONFLICT", dispute: "OPEN" });
    const tooMuch = await act("resolveDispute", order, { refundAmount: "99999999.00" });
    expect(tooMuch).toMatchObject({ code: "INVALID_INPUT", field: "input.refundAmount" });
    const resolved = await act("resolveDispute", order, { refundAmount: "10000.00" });
    expect(resolved.progress).toEqual({ status: "COMPLETED", dispute: "RESOLVED" });
    const moved = change(await balancesOf(commerce(), order), before);
    expect(moved).toMatchObject({ escrow: order.totalMinor, refund: -1_000_000n, receivable: 0n });
    const released = -(order.totalMinor - 1_000_000n);
    expect((moved.payable ?? 0n) + (moved.fee ?? 0n) + (moved.ppn ?? 0n) + (moved.affiliate ?? 0n)).toBe(released);
    await expectSoundBooks();
  });

  test("that is resolved for the buyer in full, releases nothing", async () => {
    const order = await delivered();
    const before = await balancesOf(commerce(), order);
    await act("openDispute", order, {}, { scope: "commerce:operate" });
    const { amount } = (
      await (
        await commerce().client(order.buyer)
      ).data<{ order: { total: { amount: string } } }>("query ($id: ID!) { order(id: $id) { total { amount } } }", {
        id: order.orderId,
      })
    ).order.total;
    await act("resolveDispute", order, { refundAmount: amount });
    const moved = change(await balancesOf(commerce(), order), before);
    expect(moved).toMatchObject({ escrow: order.totalMinor, refund: -order.totalMinor, payable: 0n, fee: 0n });
    await expectSoundBooks();
  });
});

describe("a refund", () => {
  test("before completion is taken from escrow; the rest is released", async () => {
    const order = await delivered({ product: 2 });
    const before = await balancesOf(commerce(), order);
    expect((await act("refundOrder", order, { amount: "5000.00" })).progress?.status).toBe("DELIVERED");
    await act("confirmReceipt", order);
    const moved = change(await balancesOf(commerce(), order), before);
    expect(moved).toMatchObject({ escrow: order.totalMinor, refund: -500_000n });
    await expectSoundBooks();
  });

  test("after completion, in three parts, takes from everybody exactly what they got, and reverses the commission", async () => {
    const order = await delivered({ product: 4, quantity: 2, isAttributed: true });
    const before = await balancesOf(commerce(), order);
    await act("confirmReceipt", order);
    for (const amount of ["7000.01", "0.03"]) {
      expect((await act("refundOrder", order, { amount })).__typename).toBe("RefundOrderSuccess");
    }
    await expectSoundBooks();
    const rest = (order.totalMinor - 700_004n).toString();
    const last = `${rest.slice(0, -2)}.${rest.slice(-2)}`;
    expect((await act("refundOrder", order, { amount: last })).progress).toEqual({
      status: "COMPLETED",
      dispute: "NONE",
    });
    const moved = change(await balancesOf(commerce(), order), before);
    expect(moved).toMatchObject({ fee: 0n, ppn: 0n, affiliate: 0n, refund: -order.totalMinor });
    expect((moved.payable ?? 0n) + (moved.receivable ?? 0n)).toBe(0n);
    const { rows } = await commerce().parts.database.pool.query(
      "SELECT sum(amount_minor)::int AS left, count(*)::int AS rows FROM commission_accrual WHERE order_id = $1",
      [order.orderId],
    );
    expect(rows[0].left).toBe(0);
    expect(rows[0].rows).toBeGreaterThan(2);
    expect(await act("refundOrder", order, { amount: "0.01" })).toMatchObject({
      code: "INVALID_INPUT",
      field: "input.amount",
    });
    await expectSoundBooks();
  });

  test("by twenty at once of more than there is, gives back no more than was paid", async () => {
    const order = await delivered();
    const third = (order.totalMinor / 3n).toString();
    const amount = `${third.slice(0, -2)}.${third.slice(-2)}`;
    const payloads = await Promise.all(Array.from({ length: 20 }, () => act("refundOrder", order, { amount })));
    expect(payloads.filter(({ __typename }) => __typename === "RefundOrderSuccess")).toHaveLength(3);
    await expectSoundBooks();
  });

  test.each(["0.00", "-1.00"])("of %s is refused", async (amount) => {
    expect(await act("refundOrder", await delivered(), { amount })).toMatchObject({ code: "INVALID_INPUT" });
  });
});

describe("who may act", () => {
  test("a buyer on another's order, and a seller on another shop's, are told that there is none", async () => {
    const order = await delivered();
    const other = { subject: "another-buyer" };
    for (const field of ["confirmReceipt", "cancelOrder", "openDispute"] as const) {
      expect((await act(field, order, {}, other)).code).toBe("ORDER_NOT_FOUND");
    }
    const foreign = await paidOrder(commerce());
    const scope = "commerce:sell commerce:shop:01900000-0000-7000-8000-000000000000";
    expect((await act("markOrderShipped", foreign, {}, { scope })).code).toBe("ORDER_NOT_FOUND");
    expect((await act("confirmReceipt", { ...order, orderId: "not an id" })).code).toBe("ORDER_NOT_FOUND");
  });

  test.each([
    ["refundOrder", "commerce:buy", { amount: "1.00" }],
    ["resolveDispute", "commerce:buy", { refundAmount: "1.00" }],
    ["markOrderDelivered", "commerce:sell", {}],
    ["markOrderShipped", "commerce:operate", {}],
    ["markOrderShipped", "commerce:sell", {}],
    ["markOrderShipped", "commerce:sell commerce:shop:nowhere", {}],
    ["confirmReceipt", "commerce:operate", {}],
  ] as const)("%s with %s alone is forbidden", async (field, scope, changes) => {
    const order = await paidOrder(commerce());
    const client = await commerce().client(order.buyer, scope);
    const input = {
      orderId: order.orderId,
      idempotencyKey: newKey(),
      ...(reasoned.includes(field) ? { reason: "-" } : {}),
      ...changes,
    };
    const { errors } = await client.send(documentOf(field), { input });
    expect(errors?.[0]?.extensions?.code).toBe("FORBIDDEN");
  });
});

describe("an idempotency key", () => {
  test("used again with another request is a conflict; a refused request leaves it free", async () => {
    const [order, other] = [await delivered(), await delivered()];
    const idempotencyKey = newKey();
    await act("refundOrder", order, { idempotencyKey, amount: "100.00" });
    const again = await act("refundOrder", order, { idempotencyKey, amount: "100.00" });
    expect(again.__typename).toBe("RefundOrderSuccess");
    expect((await shown(order)).refunded.amount).toBe("100.00");
    expect((await act("refundOrder", order, { idempotencyKey, amount: "100.01" })).code).toBe("IDEMPOTENCY_CONFLICT");
    expect((await act("refundOrder", other, { idempotencyKey, amount: "100.00" })).code).toBe("IDEMPOTENCY_CONFLICT");
    const free = newKey();
    expect((await act("refundOrder", other, { idempotencyKey: free, amount: "0.00" })).code).toBe("INVALID_INPUT");
    expect((await act("refundOrder", other, { idempotencyKey: free, amount: "1.00" })).__typename).toBe(
      "RefundOrderSuccess",
    );
    expect((await act("refundOrder", order, { idempotencyKey: "short", amount: "1.00" })).field).toBe(
      "input.idempotencyKey",
    );
  });
});
