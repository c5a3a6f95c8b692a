import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { OrderLine } from "../../../../subgraphs/commerce/domain/order.ts";
import {
  decideReturn,
  openReturnStatuses,
  paidForPieces,
  type ReturnCommand,
  type ReturnStatus,
} from "../../../../subgraphs/commerce/domain/order-return.ts";

const commands = ["approve", "reject", "receive", "lapse"] as const satisfies readonly ReturnCommand[];
const seed = Number(process.env.RETURN_SEED ?? 20_261_126);

function statusAfter(asked: readonly ReturnCommand[]): ReturnStatus[] {
  const passed: ReturnStatus[] = ["REQUESTED"];
  for (const command of asked) {
    const decision = decideReturn(passed.at(-1) ?? "REQUESTED", command);
    if (decision.kind === "moved") passed.push(decision.status);
  }
  return passed;
}

describe("a return", () => {
  test("whatever is asked of it, ends at most once, is received only after it was approved, and stays ended", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...commands), { maxLength: 12 }), (asked) => {
        const passed = statusAfter(asked);
        expect(new Set(passed).size).toBe(passed.length);
        const ended = passed.filter((status) => !openReturnStatuses.includes(status));
        expect(ended.length).toBeLessThanOrEqual(1);
        if (ended.length === 1) expect(passed.at(-1)).toBe(ended[0]);
        if (passed.includes("RECEIVED") || passed.includes("LAPSED")) expect(passed).toContain("APPROVED");
        if (passed.includes("REJECTED")) expect(passed).not.toContain("APPROVED");
      }),
      { seed },
    );
  });

  test("that was moved, is unchanged by the same command", () => {
    for (const status of ["REQUESTED", "APPROVED", "REJECTED", "RECEIVED", "LAPSED"] as const) {
      for (const command of commands) {
        const decision = decideReturn(status, command);
        if (decision.kind === "moved") expect(decideReturn(decision.status, command).kind).toBe("unchanged");
      }
    }
  });
});

describe("what was paid for pieces", () => {
  test("in however many returns, is in all exactly what was paid for the line, and never below nothing", () => {
    const idr = (amountMinor: bigint) => ({ amountMinor, currency: "IDR" });
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 100_000_000n }),
        fc.nat(1_000),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
        (unitMinor, permille, parts) => {
          const quantity = parts.reduce((total, part) => total + part, 0);
          const discountMinor = (unitMinor * BigInt(quantity) * BigInt(permille)) / 1_000n;
          const line: OrderLine = {
            id: "line",
            orderId: "order",
            variantId: "variant",
            title: "Batik",
            quantity,
            unitPrice: idr(unitMinor),
            discount: idr(discountMinor),
            attribution: null,
          };
          let before = 0;
          let backMinor = 0n;
          for (const part of parts) {
            const minor = paidForPieces(line, before, part);
            expect(minor >= 0n).toBe(true);
            backMinor += minor;
            before += part;
          }
          expect(backMinor).toBe(unitMinor * BigInt(quantity) - discountMinor);
        },
      ),
      { seed },
    );
  });
});
