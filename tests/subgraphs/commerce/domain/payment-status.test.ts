import { describe, expect, test } from "@jest/globals";
import {
  canMove,
  isPayable,
  PaymentStatusMoveError,
  payableStatuses,
  paymentStatuses,
  requireMoves,
} from "../../../../subgraphs/commerce/domain/payment-status.ts";

describe("the lattice of payment statuses", () => {
  test("no status, whatever path is taken, is reached again", () => {
    for (const start of paymentStatuses) {
      const reached = new Set<string>();
      const open = paymentStatuses.filter((status) => canMove(start, status));
      for (const status of open) {
        if (reached.has(status)) continue;
        reached.add(status);
        open.push(...paymentStatuses.filter((next) => canMove(status, next)));
      }
      expect(reached).not.toContain(start);
    }
  });

  test("PAID leads to REFUNDED alone, and REFUNDED nowhere", () => {
    for (const status of paymentStatuses) {
      expect(canMove("PAID", status)).toBe(status === "REFUNDED");
      expect(canMove("REFUNDED", status)).toBe(false);
    }
  });

  test("every payable status can become PAID and EXPIRED, and nothing else is payable", () => {
    expect(paymentStatuses.filter(isPayable)).toEqual(expect.arrayContaining([...payableStatuses]));
    for (const status of payableStatuses) {
      expect(canMove(status, "PAID")).toBe(true);
      expect(canMove(status, "EXPIRED")).toBe(true);
    }
  });

  test("a move that it does not have is refused before anything is sent", () => {
    expect(() => requireMoves(["AWAITING_PAYMENT", "PAID"], "EXPIRED")).toThrow(PaymentStatusMoveError);
    expect(() => requireMoves(payableStatuses, "EXPIRED")).not.toThrow();
  });
});
