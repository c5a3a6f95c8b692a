import { describe, expect, test } from "@jest/globals";
import { actOnOrder } from "../../../../subgraphs/commerce/domain/actions/act-on-order.ts";
import { createCompleteOrder } from "../../../../subgraphs/commerce/domain/actions/complete-order.ts";
import { createOrderDeadline } from "../../../../subgraphs/commerce/domain/actions/order-deadline.ts";
import { noteCourierReturn, requestReturn } from "../../../../subgraphs/commerce/domain/actions/return-goods.ts";
import type { OrderDeadlineKind } from "../../../../subgraphs/commerce/domain/order-deadlines.ts";
import type { OrderCommand } from "../../../../subgraphs/commerce/domain/order-life.ts";
import { startMissingDeadlines } from "../../../../subgraphs/commerce/store/durable/missing-deadlines.ts";
import { createExceptionBook } from "../../../../subgraphs/commerce/store/exception-book.ts";
import { findStockMismatches } from "../../../../subgraphs/commerce/store/stock-audit.ts";
import { stockOf } from "../support/buyer-journey.ts";
import { balancesOf, directRun, fulfillingOf, type PaidOrder, paidOrder } from "../support/paid-order.ts";
import { otherShop, sellerOf } from "../support/seller.ts";
import { newKey, useCommerce } from "../support/test-commerce.ts";

const commerce = useCommerce();

interface Payload {
  readonly __typename: string;
  readonly code?: string;
  readonly field?: string;
  readonly status?: string;
  readonly return?: { readonly id: string; readonly status: string; readonly refunded: { readonly amount: string } };
}

async function act({ orderId }: PaidOrder, command: OrderCommand): Promise<string> {
  const result = await actOnOrder(
    fulfillingOf(commerce()),
    { kind: "OPERATOR", subject: "operator" },
    { operation: "refundOrder", orderId, command, reason: null, idempotencyKey: newKey() },
  );
  return result.ok ? `${result.value.status} ${result.value.dispute}` : result.refusal.kind;
}

async function delivered(options: Parameters<typeof paidOrder>[1] = {}): Promise<PaidOrder> {
  const order = await paidOrder(commerce(), { product: 0, quantity: 3, ...options });
  for (const kind of ["ship", "deliver"] as const) await act(order, { kind });
  return order;
}

function documentOf(field: string): string {
  const name = `${field[0]?.toUpperCase()}${field.slice(1)}`;
  return `mutation ($input: ${name}Input!) { payload: ${field}(input: $input) { __typename ... on UserError { code field }
    ${field === "requestReturn" ? "" : "... on ReturnStatusConflict { status }"} ... on ${name}Success { return { id status refunded { amount } } } } }`;
}

interface ShownOrder {
  readonly status: string;
  readonly dispute: string;
  readonly refunded: { readonly amount: string };
  readonly lines: readonly { readonly id: string; readonly unitPrice: { readonly amount: string } }[];
  readonly timeline: readonly { readonly kind: string; readonly by: string }[];
  readonly returns: readonly { readonly id: string; readonly status: string; readonly answer: string | null }[];
}

async function shown({ buyer, orderId }: PaidOrder): Promise<ShownOrder> {
  const document = `query ($id: ID!) { order(id: $id) { status dispute refunded { amount } lines { id unitPrice { amount } }
    timeline { kind by } returns { id status answer origin reason lines { orderLineId quantity } } } }`;
  return (await (await commerce().client(buyer)).data<{ order: ShownOrder }>(document, { id: orderId })).order;
}

async function ask(order: PaidOrder, quantity = 1, changes: object = {}, buyer = order.buyer): Promise<Payload> {
  const [line] = (await shown(order)).lines;
  const lines = [{ orderLineId: line?.id, quantity }];
  const input = { orderId: order.orderId, lines, reason: "too small", idempotencyKey: newKey(), ...changes };
  const client = await commerce().client(buyer);
  return (await client.data<{ payload: Payload }>(documentOf("requestReturn"), { input })).payload;
}

async function say(field: string, returnId: string, shopId: string, changes: object = {}): Promise<Payload> {
  const reason = field === "rejectReturn" ? { reason: "it was worn" } : {};
  const input = { returnId, ...reason, idempotencyKey: newKey(), ...changes };
  return (await (await sellerOf(commerce(), shopId)).data<{ payload: Payload }>(documentOf(field), { input })).payload;
}

async function asked(order: PaidOrder, quantity = 1): Promise<string> {
  const payload = await ask(order, quantity);
  if (payload.return === undefined) throw new Error(JSON.stringify(payload));
  return payload.return.id;
}

async function complete({ orderId }: PaidOrder): Promise<void> {
  await createCompleteOrder(fulfillingOf(commerce()))(directRun(commerce()), { orderId });
}

async function pass({ orderId }: PaidOrder, deadline: OrderDeadlineKind, returnId: string): Promise<void> {
  const workflow = createOrderDeadline(fulfillingOf(commerce()));
  await workflow(directRun(commerce()), { orderId, deadline, round: returnId });
}

async function runs({ orderId }: PaidOrder, name: string): Promise<number> {
  const { rows } = await commerce().parts.database.pool.query(
    "SELECT count(*)::int AS runs FROM durable.workflow_status WHERE workflow_uuid LIKE $1",
    [`${name}:${orderId}%`],
  );
  return rows[0].runs;
}

async function expectSoundBooks(): Promise<void> {
  const { size: _size, ...faults } = await commerce().parts.store.ledger.audit();
  expect(Object.values(faults).filter((fault) => Array.isArray(fault) && fault.length > 0)).toEqual([]);
  expect(faults.isSumZero).toBe(true);
}

async function exceptionsOf({ orderId }: PaidOrder) {
  const { rows } = await commerce().parts.database.pool.query(
    `SELECT id, owner, expected_minor AS expected, closed_by AS "closedBy" FROM money_exception
     WHERE kind = 'RETURN_UNSETTLED' AND reference = $1 ORDER BY opened_at`,
    [orderId],
  );
  return rows;
}

const sen = (amount = ""): bigint => BigInt(amount.replace(".", ""));

describe("a return that goes well", () => {
  test("gives the pieces' price back from escrow and the pieces to the shop; then the rest is released", async () => {
    const order = await delivered();
    const before = await balancesOf(commerce(), order);
    const stock = await stockOf(commerce(), order.variantId);
    const returnId = await asked(order, 2);
    await complete(order);
    expect((await shown(order)).status).toBe("DELIVERED");
    expect((await say("approveReturn", returnId, order.shopId)).return?.status).toBe("APPROVED");
    const received = await say("confirmReturnReceived", returnId, order.shopId);
    const after = await shown(order);
    const backMinor = 2n * sen(after.lines[0]?.unitPrice.amount);
    expect(sen(received.return?.refunded.amount)).toBe(backMinor);
    expect(sen(after.refunded.amount)).toBe(backMinor);
    expect((await stockOf(commerce(), order.variantId)).on_hand).toBe(stock.on_hand + 2);
    expect((await balancesOf(commerce(), order)).escrow).toBe((before.escrow ?? 0n) + backMinor);
    expect(after.timeline.slice(4).map(({ kind, by }) => `${kind} ${by}`)).toEqual([
      "RETURN_REQUESTED BUYER",
      "RETURN_APPROVED SELLER",
      "RETURN_RECEIVED SELLER",
      "REFUND_OWED SELLER",
    ]);
    expect(await runs(order, "complete-order")).toBe(2);
    await complete(order);
    expect((await shown(order)).status).toBe("COMPLETED");
    expect((await balancesOf(commerce(), order)).escrow).toBe(0n);
    await expectSoundBooks();
  });

  test("of an order that is complete, is taken back from shop, fee, tax and commission", async () => {
    const order = await delivered({ isAttributed: true });
    await complete(order);
    const before = await balancesOf(commerce(), order);
    const returnId = await asked(order, 3);
    for (const field of ["approveReturn", "confirmReturnReceived"]) await say(field, returnId, order.shopId);
    const after = await balancesOf(commerce(), order);
    const moved = (name: string): bigint => (after[name] ?? 0n) - (before[name] ?? 0n);
    expect(moved("refund")).toBe(-order.totalMinor);
    expect(moved("receivable") + moved("fee") + moved("ppn") + moved("affiliate")).toBe(order.totalMinor);
    expect(moved("affiliate") > 0n && moved("fee") > 0n).toBe(true);
    await expectSoundBooks();
  });

  test("said many times at once, is received once", async () => {
    const order = await delivered();
    const stock = await stockOf(commerce(), order.variantId);
    const returnId = await asked(order);
    await say("approveReturn", returnId, order.shopId);
    const idempotencyKey = newKey();
    const said = [idempotencyKey, idempotencyKey, newKey(), newKey()].map((key) =>
      say("confirmReturnReceived", returnId, order.shopId, { idempotencyKey: key }),
    );
    const statuses = (await Promise.all(said)).map((payload) => payload.return?.status);
    expect(statuses).toEqual(statuses.map(() => "RECEIVED"));
    expect((await stockOf(commerce(), order.variantId)).on_hand).toBe(stock.on_hand + 1);
    expect((await shown(order)).timeline.filter(({ kind }) => kind === "REFUND_OWED").length).toBe(1);
  });

  test("leaves a movement that says why, so that stock and history add up", async () => {
    const order = await delivered({ product: 1 });
    const before = await findStockMismatches(commerce().parts.database.pool, 100);
    const returnId = await asked(order, 3);
    for (const field of ["approveReturn", "confirmReturnReceived"]) await say(field, returnId, order.shopId);
    expect(await findStockMismatches(commerce().parts.database.pool, 100)).toEqual(
      before.map((mismatch) =>
        mismatch.variantId === order.variantId
          ? { ...mismatch, onHand: mismatch.onHand + 3, expectedOnHand: mismatch.expectedOnHand + 3 }
          : mismatch,
      ),
    );
    const { rows } = await commerce().parts.database.pool.query(
      "SELECT pieces, reason FROM stock_movement WHERE note = $1",
      [`return ${returnId}`],
    );
    expect(rows).toEqual([{ pieces: 3, reason: "RETURNED" }]);
  });
});

describe("a return that does not", () => {
  test("is rejected with a reason, after which the buyer can object, and not before", async () => {
    const order = await delivered();
    const returnId = await asked(order);
    expect(await act(order, { kind: "open-dispute" })).toBe("OrderStatusConflict");
    expect(await say("rejectReturn", returnId, order.shopId, { reason: " " })).toMatchObject({ field: "input.reason" });
    expect((await say("rejectReturn", returnId, order.shopId)).return?.status).toBe("REJECTED");
    expect((await shown(order)).returns).toMatchObject([{ status: "REJECTED", answer: "it was worn" }]);
    expect(await say("approveReturn", returnId, order.shopId)).toMatchObject({
      __typename: "ReturnStatusConflict",
      status: "REJECTED",
    });
    expect(await runs(order, "complete-order")).toBe(2);
    expect(await act(order, { kind: "open-dispute" })).toBe("DELIVERED OPEN");
    expect((await ask(order)).__typename).toBe("OrderStatusConflict");
  });

  test("that nobody answers, is approved by the timer; whose goods do not come back, is disputed by it", async () => {
    const order = await delivered();
    const returnId = await asked(order);
    expect(await runs(order, "order-deadline:RETURN_ANSWER")).toBe(1);
    await Promise.all([pass(order, "RETURN_ANSWER", returnId), pass(order, "RETURN_ANSWER", returnId)]);
    expect((await shown(order)).returns).toMatchObject([{ status: "APPROVED" }]);
    expect(await runs(order, "order-deadline:RETURN_ARRIVAL")).toBe(1);
    await Promise.all([pass(order, "RETURN_ARRIVAL", returnId), pass(order, "RETURN_ARRIVAL", returnId)]);
    expect(await shown(order)).toMatchObject({ dispute: "OPEN", returns: [{ status: "LAPSED" }] });
    expect(await runs(order, "order-deadline:DISPUTE_AGE")).toBe(1);
  });

  test.each<[string, (order: PaidOrder) => Promise<Payload>, object]>([
    ["more pieces than were bought", (order) => ask(order, 4), { __typename: "InvalidInput", field: "input.lines" }],
    ["no pieces", (order) => ask(order, 0), { __typename: "InvalidInput", field: "input.lines" }],
    ["no reason", (order) => ask(order, 1, { reason: "" }), { __typename: "InvalidInput", field: "input.reason" }],
    ["somebody else's order", (order) => ask(order, 1, {}, `buyer-${newKey()}`), { __typename: "OrderNotFound" }],
  ])("asked for %s, is refused and leaves nothing", async (_, request, refusal) => {
    const order = await delivered();
    expect(await request(order)).toMatchObject(refusal);
    expect((await shown(order)).returns).toEqual([]);
  });

  test("is refused before the order arrived, and when the window is over", async () => {
    const sent = await paidOrder(commerce(), { product: 0 });
    await act(sent, { kind: "ship" });
    expect((await ask(sent)).__typename).toBe("OrderStatusConflict");
    const late = fulfillingOf(commerce());
    const order = await delivered();
    const [line] = (await shown(order)).lines;
    const inEightDays = { ...late, clock: () => new Date(Date.now() + 8 * 86_400_000) };
    const result = await requestReturn(inEightDays, order.buyer, {
      orderId: order.orderId,
      lines: [{ lineId: line?.id ?? "", quantity: 1 }],
      reason: "too late",
      idempotencyKey: newKey(),
    });
    expect(result).toMatchObject({ ok: false, refusal: { kind: "ReturnWindowClosed" } });
  });

  test("is not there for another shop; one at a time; its key answers the same again", async () => {
    const order = await delivered();
    const idempotencyKey = newKey();
    const first = await ask(order, 1, { idempotencyKey });
    const again = await ask(order, 1, { idempotencyKey });
    expect(again.return?.id).toBe(first.return?.id);
    expect((await ask(order, 2, { idempotencyKey })).__typename).toBe("IdempotencyConflict");
    expect((await ask(order)).__typename).toBe("OrderStatusConflict");
    const payload = await say("approveReturn", first.return?.id ?? "", otherShop);
    expect(payload.__typename).toBe("ReturnNotFound");
  });
});

describe("a return of an order that is complete", () => {
  const ends: readonly (readonly [string, (order: PaidOrder, returnId: string) => Promise<unknown>])[] = [
    ["is rejected", (order, returnId) => say("rejectReturn", returnId, order.shopId)],
    [
      "does not come back",
      async (order, returnId) => {
        await say("approveReturn", returnId, order.shopId);
        await Promise.all([pass(order, "RETURN_ARRIVAL", returnId), pass(order, "RETURN_ARRIVAL", returnId)]);
      },
    ],
  ];
  test.each(ends)("and %s, is shown to the desk that has disputes, which refunds and closes it", async (_, end) => {
    const order = await delivered();
    await complete(order);
    const returnId = await asked(order, 2);
    expect(await exceptionsOf(order)).toEqual([]);
    await end(order, returnId);
    expect(await act(order, { kind: "open-dispute" })).toBe("OrderStatusConflict");
    const worth = (order.totalMinor * 2n) / 3n;
    const [exception, ...more] = await exceptionsOf(order);
    expect(exception).toMatchObject({ owner: "disputes", expected: worth.toString(), closedBy: null });
    expect(more).toEqual([]);
    expect(await act(order, { kind: "refund", amountMinor: worth })).toBe("COMPLETED NONE");
    const { parts } = commerce();
    const { id } = exception;
    const people = { actor: "sari", secondPerson: null };
    const settled = parts.store.transactions.runInTransaction(async (tx) => {
      await tx.exceptions.close({ provider: "test", kind: "RETURN_UNSETTLED", reference: order.orderId }, "a fact");
    });
    await expect(settled).rejects.toThrow("is closed by a person");
    const book = createExceptionBook();
    await parts.store.transactions.runInTransaction((tx) =>
      book.closeByHand(tx, id, people, "two pieces were lost", null),
    );
    expect(await exceptionsOf(order)).toMatchObject([{ id, closedBy: "sari" }]);
    // What is left can be asked back too, and is looked at anew.
    await end(order, await asked(order, 1));
    expect((await exceptionsOf(order)).map(({ expected }) => expected)).toEqual([worth, worth / 2n].map(String));
    await expectSoundBooks();
  });

  test("and is received, or has nothing left to give back, is nobody's to decide", async () => {
    const order = await delivered();
    await complete(order);
    const received = await asked(order, 1);
    for (const field of ["approveReturn", "confirmReturnReceived"]) await say(field, received, order.shopId);
    await act(order, { kind: "refund", amountMinor: (order.totalMinor * 2n) / 3n });
    await say("rejectReturn", await asked(order, 1), order.shopId);
    expect(await exceptionsOf(order)).toEqual([]);
  });
});

describe("a parcel that its courier brought back", () => {
  const noteCourier = (order: PaidOrder) => {
    const fulfilling = fulfillingOf(commerce());
    return fulfilling.transactions.runInTransaction(async (tx) => {
      const locked = await tx.fulfilment.lock(order.orderId);
      if (locked !== null) await noteCourierReturn(fulfilling, tx, locked);
    });
  };

  test.each(["RECEIVED", "LAPSED"])(
    "after completion, waits for its shop no longer than any return, and %s is a person's to decide",
    async (end) => {
      const order = await delivered();
      await complete(order);
      await noteCourier(order);
      expect(await runs(order, "order-deadline:RETURN_ARRIVAL")).toBe(1);
      const returnId = (await shown(order)).returns[0]?.id ?? "";
      if (end === "LAPSED") await pass(order, "RETURN_ARRIVAL", returnId);
      else await say("confirmReturnReceived", returnId, order.shopId);
      expect((await shown(order)).returns).toMatchObject([{ status: end }]);
      expect(await exceptionsOf(order)).toMatchObject([{ owner: "disputes", expected: order.totalMinor.toString() }]);
    },
  );

  test("in a release before, gets the timer that it lacks, once", async () => {
    const order = await delivered();
    await noteCourier(order);
    const { pool } = commerce().parts.database;
    await pool.query("DELETE FROM durable.workflow_status WHERE workflow_uuid LIKE 'order-deadline:RETURN_ARRIVAL:%'");
    await startMissingDeadlines(pool);
    await startMissingDeadlines(pool);
    expect(await runs(order, "order-deadline:RETURN_ARRIVAL")).toBe(1);
  });

  test("is the shop's stock again when it has it, once; its money is the dispute's", async () => {
    const order = await paidOrder(commerce(), { product: 0, quantity: 2 });
    for (const kind of ["ship", "open-dispute"] as const) await act(order, { kind });
    await Promise.all([noteCourier(order), noteCourier(order)]);
    const stock = await stockOf(commerce(), order.variantId);
    const { returns } = await shown(order);
    expect(returns.length).toBe(1);
    const returnId = returns[0]?.id ?? "";
    expect(await act(order, { kind: "resolve-dispute", refundMinor: order.totalMinor })).toBe("COMPLETED RESOLVED");
    for (let n = 0; n < 2; n += 1) {
      const payload = await say("confirmReturnReceived", returnId, order.shopId);
      expect(payload.return).toMatchObject({ status: "RECEIVED", refunded: { amount: "0.00" } });
    }
    expect((await stockOf(commerce(), order.variantId)).on_hand).toBe(stock.on_hand + 2);
    expect(await exceptionsOf(order)).toEqual([]);
    await expectSoundBooks();
  });
});
