import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { OrderStatus } from "../../../../subgraphs/commerce/domain/order.ts";
import {
  canOrderMove,
  decideOrder,
  type OrderCommand,
  type OrderState,
  OrderStatusMoveError,
  orderStatuses,
  refundableMinor,
  requireOrderMove,
} from "../../../../subgraphs/commerce/domain/order-life.ts";

const amount = fc.bigInt({ min: 0n, max: 1_000n });
const state: fc.Arbitrary<OrderState> = fc
  .record({
    status: fc.constantFrom(...orderStatuses),
    dispute: fc.constantFrom("NONE" as const, "OPEN" as const, "RESOLVED" as const),
    totalMinor: fc.bigInt({ min: 1n, max: 1_000n }),
    refundedMinor: amount,
  })
  .filter(({ totalMinor, refundedMinor }) => refundedMinor <= totalMinor);
const command: fc.Arbitrary<OrderCommand> = fc.oneof(
  fc.constantFrom(
    ...(["ship", "deliver", "confirm-receipt", "auto-complete", "cancel", "open-dispute"] as const).map((kind) => ({
      kind,
    })),
  ),
  amount.map((refundMinor) => ({ kind: "resolve-dispute" as const, refundMinor })),
  amount.map((amountMinor) => ({ kind: "refund" as const, amountMinor })),
);

function reachedFrom(start: OrderStatus): Set<OrderStatus> {
  const reached = new Set<OrderStatus>();
  const open: OrderStatus[] = [start];
  for (const status of open) {
    for (const next of orderStatuses) {
      if (!canOrderMove(status, next) || reached.has(next)) continue;
      reached.add(next);
      open.push(next);
    }
  }
  return reached;
}

describe("the lattice of order statuses", () => {
  test("what is sent is never cancelled, and what is complete stays so", () => {
    for (const sent of ["SHIPPED", "DELIVERED"] as const) expect(reachedFrom(sent).has("CANCELLED")).toBe(false);
    expect(reachedFrom("COMPLETED").size).toBe(0);
  });

  test("only what was cancelled leads back to PLACED, by another payment, or to CONFIRMED, by money that comes late", () => {
    expect(orderStatuses.filter((status) => canOrderMove(status, "PLACED"))).toEqual(["CANCELLED"]);
    expect(orderStatuses.filter((next) => canOrderMove("CANCELLED", next))).toEqual(["PLACED", "CONFIRMED"]);
  });

  test("a move that it has not is refused before anything is sent", () => {
    expect(() => requireOrderMove("DELIVERED", "CONFIRMED")).toThrow(OrderStatusMoveError);
    expect(() => requireOrderMove("CONFIRMED", "SHIPPED")).not.toThrow();
  });
});

describe("a decision about an order", () => {
  test("moves along the lattice or not at all, never refunds more than is left, and names what it moved", () => {
    fc.assert(
      fc.property(state, command, (before, asked) => {
        const decision = decideOrder(before, asked);
        if (decision.kind !== "moved") return;
        const after = decision.state;
        if (after.status !== before.status) expect(canOrderMove(before.status, after.status)).toBe(true);
        expect(after.totalMinor).toBe(before.totalMinor);
        expect(after.refundedMinor).toBe(before.refundedMinor + decision.refundMinor);
        expect(decision.refundMinor >= 0n && refundableMinor(after) >= 0n).toBe(true);
        expect(decision.events.includes("REFUND_OWED")).toBe(decision.refundMinor > 0n);
        expect(decision.events.includes("COMPLETED")).toBe(
          after.status === "COMPLETED" && before.status !== "COMPLETED",
        );
      }),
    );
  });

  test("while a dispute is open, completes nothing and refunds nothing but by resolving it", () => {
    fc.assert(
      fc.property(state, command, (before, asked) => {
        const decision = decideOrder({ ...before, dispute: "OPEN" }, asked);
        if (decision.kind !== "moved" || asked.kind === "resolve-dispute") return;
        expect(decision.state.status).not.toBe("COMPLETED");
        if (asked.kind === "refund") throw new Error("refunded");
      }),
    );
  });

  test("while a return is open, neither completes but by resolving a dispute, nor is disputed", () => {
    fc.assert(
      fc.property(state, command, (before, asked) => {
        const decision = decideOrder({ ...before, isReturning: true }, asked);
        if (decision.kind !== "moved" || asked.kind === "resolve-dispute") return;
        expect(decision.events).not.toContain("COMPLETED");
        expect(decision.events).not.toContain("DISPUTE_OPENED");
      }),
    );
  });

  test("taken twice, changes nothing the second time, but for a further refund", () => {
    fc.assert(
      fc.property(state, command, (before, asked) => {
        const first = decideOrder(before, asked);
        if (first.kind !== "moved" || asked.kind === "refund") return;
        expect(decideOrder(first.state, asked).kind).toBe("unchanged");
      }),
    );
  });

  test.each([
    ["PLACED", ["ship", "deliver", "confirm-receipt", "auto-complete", "open-dispute"]],
    ["CONFIRMED", ["deliver", "confirm-receipt", "auto-complete", "open-dispute"]],
    ["SHIPPED", ["auto-complete", "cancel"]],
    ["DELIVERED", ["cancel"]],
    ["COMPLETED", ["cancel", "open-dispute"]],
    ["CANCELLED", ["ship", "deliver", "confirm-receipt", "auto-complete", "open-dispute"]],
  ] as const)("about an order that is %s, refuses %s", (status, kinds) => {
    const before: OrderState = { status, dispute: "NONE", totalMinor: 10n, refundedMinor: 0n };
    const all = ["ship", "deliver", "confirm-receipt", "auto-complete", "cancel", "open-dispute"] as const;
    expect(all.filter((kind) => decideOrder(before, { kind }).kind === "refused")).toEqual(kinds);
  });
});
