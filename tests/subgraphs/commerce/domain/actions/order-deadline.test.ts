import { describe, expect, test } from "@jest/globals";
import { actOnOrder } from "../../../../../subgraphs/commerce/domain/actions/act-on-order.ts";
import { createOrderDeadline } from "../../../../../subgraphs/commerce/domain/actions/order-deadline.ts";
import { deadlineSecondsAt, type OrderDeadlineKind } from "../../../../../subgraphs/commerce/domain/order-deadlines.ts";
import {
  decideOrder,
  escrowStatuses,
  type OrderCommand,
  type OrderState,
} from "../../../../../subgraphs/commerce/domain/order-life.ts";
import { startMissingDeadlines } from "../../../../../subgraphs/commerce/store/durable/missing-deadlines.ts";
import { stockOf } from "../../support/buyer-journey.ts";
import { balancesOf, directRun, fulfillingOf, type PaidOrder, paidOrder } from "../../support/paid-order.ts";
import { newKey, useCommerce } from "../../support/test-commerce.ts";

const commerce = useCommerce();

async function act(order: PaidOrder, command: OrderCommand): Promise<string> {
  const result = await actOnOrder(
    fulfillingOf(commerce()),
    { kind: "OPERATOR", subject: "operator" },
    { operation: "refundOrder", orderId: order.orderId, command, reason: null, idempotencyKey: newKey() },
  );
  return result.ok ? `${result.value.status} ${result.value.dispute}` : result.refusal.kind;
}

function pass({ orderId }: PaidOrder, deadline: OrderDeadlineKind, round = "1"): Promise<void> {
  const workflow = createOrderDeadline(fulfillingOf(commerce()));
  return workflow(directRun(commerce()), { orderId, deadline, round });
}

async function standing({ orderId }: PaidOrder): Promise<string> {
  const { rows } = await commerce().parts.database.pool.query('SELECT status, dispute FROM "order" WHERE id = $1', [
    orderId,
  ]);
  return `${rows[0].status} ${rows[0].dispute}`;
}

/** Runs that will look at the order of their own accord. */
async function pending({ orderId }: PaidOrder): Promise<string[]> {
  const { rows } = await commerce().parts.database.pool.query(
    `SELECT replace(workflow_uuid, $1, '') AS run FROM durable.workflow_status
     WHERE workflow_uuid LIKE '%' || $1 || '%' AND status IN ('DELAYED', 'ENQUEUED', 'PENDING')
       AND name IN ('order-deadline', 'complete-order') ORDER BY 1`,
    [orderId],
  );
  return rows.map(({ run }) => String(run));
}

async function events({ orderId }: PaidOrder): Promise<string[]> {
  const { rows } = await commerce().parts.database.pool.query(
    "SELECT kind || ' ' || by AS said FROM order_event WHERE order_id = $1 ORDER BY at, id",
    [orderId],
  );
  return rows.map(({ said }) => String(said));
}

async function exceptionsOf({ orderId }: PaidOrder) {
  const { rows } = await commerce().parts.database.pool.query(
    `SELECT owner, expected_minor AS expected, closed_at IS NULL AS "isOpen", closed_by AS "closedBy"
     FROM money_exception WHERE kind = 'DISPUTE_OVERDUE' AND reference = $1`,
    [orderId],
  );
  return rows;
}

const wayTo: Readonly<Record<string, readonly OrderCommand[]>> = {
  "CONFIRMED NONE": [],
  "SHIPPED NONE": [{ kind: "ship" }],
  "SHIPPED OPEN": [{ kind: "ship" }, { kind: "open-dispute" }],
  "DELIVERED NONE": [{ kind: "ship" }, { kind: "deliver" }],
  "DELIVERED OPEN": [{ kind: "ship" }, { kind: "deliver" }, { kind: "open-dispute" }],
};

/** Every state that commands lead to from a paid order. */
function reachable(): OrderState[] {
  const seen: OrderState[] = [{ status: "CONFIRMED", dispute: "NONE", totalMinor: 2n, refundedMinor: 0n }];
  const asked: readonly OrderCommand[] = [
    ...(["ship", "deliver", "confirm-receipt", "auto-complete", "cancel", "open-dispute"] as const).map((kind) => ({
      kind,
    })),
    { kind: "resolve-dispute", refundMinor: 1n },
    { kind: "refund", amountMinor: 1n },
  ];
  for (const state of seen) {
    for (const command of asked) {
      const decision = decideOrder(state, command);
      const isNew = ({ status, dispute, refundedMinor }: OrderState) =>
        !seen.some((one) => one.status === status && one.dispute === dispute && one.refundedMinor === refundedMinor);
      if (decision.kind === "moved" && isNew(decision.state)) seen.push(decision.state);
    }
  }
  return seen;
}

describe("an order with money in escrow", () => {
  test("is in no state but those that are looked at here, and with a return of it open", () => {
    const inEscrow = reachable().filter(({ status }) => escrowStatuses.includes(status));
    expect(new Set(inEscrow.map(({ status, dispute }) => `${status} ${dispute}`))).toEqual(new Set(Object.keys(wayTo)));
  });

  test.each([
    ["CONFIRMED NONE", "order-deadline:SHIP_BY::1"],
    ["SHIPPED NONE", "order-deadline:DELIVER_BY::1"],
    ["SHIPPED OPEN", "order-deadline:DISPUTE_AGE::1"],
    ["DELIVERED NONE", "complete-order:"],
    ["DELIVERED OPEN", "order-deadline:DISPUTE_AGE::1"],
  ])("that is %s, has a run that ends its wait", async (state, run) => {
    const order = await paidOrder(commerce(), { product: 2 });
    for (const command of wayTo[state] ?? []) await act(order, command);
    expect(await standing(order)).toBe(state);
    expect(await pending(order)).toContain(run);
    expect((await balancesOf(commerce(), order)).escrow).toBe(-order.totalMinor);
  });

  test("from a release before, gets the run that it lacks, once", async () => {
    const orders: PaidOrder[] = [];
    for (const way of Object.values(wayTo)) {
      const order = await paidOrder(commerce(), { product: 2 });
      for (const command of way) await act(order, command);
      orders.push(order);
    }
    const { pool } = commerce().parts.database;
    const runs = await Promise.all(orders.map(pending));
    await pool.query("DELETE FROM durable.workflow_status WHERE name = 'order-deadline'");
    await startMissingDeadlines(pool);
    await startMissingDeadlines(pool);
    for (const [n, order] of orders.entries()) {
      const kept = (runs[n] ?? []).filter((run) => !(n > 1 && /SHIP_BY|DELIVER_BY/.test(run)));
      expect(await pending(order)).toEqual(n === 1 ? kept.filter((run) => !run.includes("SHIP_BY")) : kept);
    }
    expect(await startMissingDeadlines(pool)).toBe(0);
  });
});

describe("SHIP_BY", () => {
  test("cancels what was never sent: all of it back, its stock again the shop's; a second time changes nothing", async () => {
    const order = await paidOrder(commerce(), { product: 3, quantity: 2 });
    const before = await stockOf(commerce(), order.variantId);
    await Promise.all([pass(order, "SHIP_BY"), pass(order, "SHIP_BY")]);
    await pass(order, "SHIP_BY");
    expect(await standing(order)).toBe("CANCELLED NONE");
    expect((await balancesOf(commerce(), order)).escrow).toBe(0n);
    expect((await stockOf(commerce(), order.variantId)).on_hand).toBe(before.on_hand + 2);
    expect((await events(order)).slice(2)).toEqual(["CANCELLED TIMER", "REFUND_OWED TIMER"]);
  });

  test("and the shop that sends it at that moment: one of them wins, and the books say which", async () => {
    for (let n = 0; n < 4; n += 1) {
      const order = await paidOrder(commerce(), { product: 3 });
      const [shipped] = await Promise.all([act(order, { kind: "ship" }), pass(order, "SHIP_BY")]);
      const isShipped = shipped === "SHIPPED NONE";
      expect(await standing(order)).toBe(isShipped ? "SHIPPED NONE" : "CANCELLED NONE");
      expect((await balancesOf(commerce(), order)).escrow).toBe(isShipped ? -order.totalMinor : 0n);
    }
  });

  test("leaves what was sent in time", async () => {
    const order = await paidOrder(commerce(), { product: 3 });
    await act(order, { kind: "ship" });
    await pass(order, "SHIP_BY");
    expect(await standing(order)).toBe("SHIPPED NONE");
  });
});

describe("DELIVER_BY", () => {
  test("disputes what nobody said arrived, so that a person decides; not what did arrive", async () => {
    const [lost, arrived] = [await paidOrder(commerce()), await paidOrder(commerce())];
    for (const order of [lost, arrived]) await act(order, { kind: "ship" });
    await act(arrived, { kind: "deliver" });
    for (const order of [lost, lost, arrived]) await pass(order, "DELIVER_BY");
    expect([await standing(lost), await standing(arrived)]).toEqual(["SHIPPED OPEN", "DELIVERED NONE"]);
    expect((await events(lost)).filter((said) => said.startsWith("DISPUTE_OPENED"))).toEqual(["DISPUTE_OPENED TIMER"]);
  });
});

describe("DISPUTE_AGE", () => {
  test("shows a dispute to an operator with the money that waits, looks again, and ends with its resolution", async () => {
    const order = await paidOrder(commerce());
    for (const kind of ["ship", "open-dispute"] as const) await act(order, { kind });
    await pass(order, "DISPUTE_AGE");
    await pass(order, "DISPUTE_AGE");
    const open = { owner: "disputes", expected: order.totalMinor.toString(), isOpen: true, closedBy: null };
    expect(await exceptionsOf(order)).toEqual([open]);
    expect(await pending(order)).toContain("order-deadline:DISPUTE_AGE::2");
    await act(order, { kind: "resolve-dispute", refundMinor: 0n });
    expect(await exceptionsOf(order)).toEqual([{ ...open, isOpen: false, closedBy: "order" }]);
    await pass(order, "DISPUTE_AGE", "2");
    expect((await exceptionsOf(order)).length).toBe(1);
    expect(await pending(order)).not.toContain("order-deadline:DISPUTE_AGE::3");
  });
});

describe("rules", () => {
  test("hold from their day on: the one in force when the wait begins", () => {
    const day = (text: string) => new Date(`${text}T00:00:00Z`);
    const rules = [
      { kind: "SHIP_BY" as const, validFrom: day("2026-01-01"), seconds: 10 },
      { kind: "SHIP_BY" as const, validFrom: day("2026-03-01"), seconds: 20 },
      { kind: "DELIVER_BY" as const, validFrom: day("2026-02-01"), seconds: 30 },
    ];
    expect(deadlineSecondsAt(rules, "SHIP_BY", day("2026-02-15"))).toBe(10);
    expect(deadlineSecondsAt(rules, "SHIP_BY", day("2026-03-01"))).toBe(20);
    expect(() => deadlineSecondsAt(rules, "DISPUTE_AGE", day("2026-03-01"))).toThrow("DISPUTE_AGE");
  });
});
