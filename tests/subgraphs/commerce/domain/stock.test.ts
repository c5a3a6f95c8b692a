import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { findShortages, totalByVariant } from "../../../../subgraphs/commerce/domain/stock.ts";

const lines = fc.array(
  fc.record({ variantId: fc.constantFrom("a", "b", "c", "d"), quantity: fc.integer({ min: 1, max: 9 }) }),
);
const levels = fc.uniqueArray(
  fc
    .record({ variantId: fc.constantFrom("a", "b", "c"), onHand: fc.nat(20), reserved: fc.nat(20) })
    .map((level) => ({ ...level, reserved: Math.min(level.reserved, level.onHand) })),
  { selector: (level) => level.variantId },
);

test("totals, of any lines, are in the order of variant ids and add up to the lines", () => {
  fc.assert(
    fc.property(lines, (wanted) => {
      const totals = totalByVariant(wanted);
      const ids = totals.map((total) => total.variantId);
      expect(ids).toEqual([...new Set(ids)].sort());
      const sum = (list: readonly { readonly quantity: number }[]) =>
        list.reduce((pieces, line) => pieces + line.quantity, 0);
      expect(sum(totals)).toBe(sum(wanted));
    }),
  );
});

test("shortages, of any lines and levels, are exactly the variants of which too few are available", () => {
  fc.assert(
    fc.property(lines, levels, (wanted, present) => {
      const short = new Set(findShortages(wanted, present).map((shortage) => shortage.variantId));
      for (const { variantId, quantity } of totalByVariant(wanted)) {
        const level = present.find((candidate) => candidate.variantId === variantId);
        const available = level === undefined ? 0 : level.onHand - level.reserved;
        expect(short.has(variantId)).toBe(available < quantity);
      }
    }),
  );
});
