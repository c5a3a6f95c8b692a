import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  canShipmentMove,
  isCourierOwed,
  isOver,
  type ShipmentStatus,
  shipmentStatuses,
  statusAfter,
} from "../../../../subgraphs/commerce/domain/shipping/shipment.ts";
import type { TrackingStep } from "../../../../subgraphs/commerce/domain/shipping/tracking.ts";

const own: readonly ShipmentStatus[] = ["QUOTED", "BOOKING", "REFUSED"];
const tracked = shipmentStatuses.filter((status) => !own.includes(status)) as TrackingStep["status"][];
const step = fc.record({
  status: fc.constantFrom<TrackingStep["status"]>(...tracked, "UNKNOWN"),
  code: fc.constant("x"),
  place: fc.constant(""),
  at: fc.integer({ min: 0, max: 1_000 }).map((ms) => new Date(ms)),
});
const at = (ms: number, status: TrackingStep["status"]): TrackingStep => ({
  status,
  code: "x",
  place: "",
  at: new Date(ms),
});

describe("where a parcel is", () => {
  test("after any steps, told in any order, in parts and twice over, is the same; it never moves back", () => {
    const unique = fc.uniqueArray(step, { maxLength: 12, selector: ({ at: time }) => time.getTime() });
    fc.assert(
      fc.property(unique, fc.infiniteStream(fc.nat()), (steps, chance) => {
        const whole = statusAfter("BOOKED", steps);
        const shuffled = [...steps, ...steps].sort(() => (Number(chance.next().value) % 2) * 2 - 1);
        expect(statusAfter("BOOKED", shuffled)).toBe(whole);
        // As tracking tells it: each answer has all steps so far.
        const grown = steps
          .sort((one, other) => one.at.getTime() - other.at.getTime())
          .reduce<ShipmentStatus>((status, _step, index) => {
            const next = statusAfter(status, steps.slice(0, index + 1));
            expect(next === status || canShipmentMove(status, next)).toBe(true);
            return next;
          }, "BOOKED");
        expect(grown).toBe(whole);
      }),
    );
  });

  test("once it has arrived, come back or been called off, stays so, whatever is told later", () => {
    for (const end of shipmentStatuses.filter(isOver)) {
      for (const other of shipmentStatuses) expect(canShipmentMove(end, other)).toBe(false);
    }
    expect(statusAfter("IN_TRANSIT", [at(2, "RETURNED"), at(1, "DELIVERED")])).toBe("DELIVERED");
  });

  test("after it was lost, is where it was found; after a failed attempt, it can still arrive or go back", () => {
    expect(statusAfter("LOST", [at(1, "DELIVERED")])).toBe("DELIVERED");
    expect(statusAfter("DELIVERY_FAILED", [at(1, "OUT_FOR_DELIVERY")])).toBe("DELIVERY_FAILED");
    expect(statusAfter("DELIVERY_FAILED", [at(1, "DELIVERED")])).toBe("DELIVERED");
    expect(statusAfter("DELIVERY_FAILED", [at(1, "RETURNING")])).toBe("RETURNING");
  });

  test("by a code that nobody knows, does not change", () => {
    expect(statusAfter("PICKED_UP", [at(1, "UNKNOWN")])).toBe("PICKED_UP");
  });

  test("decides whether its courier is owed the fee: not before it said that it carries, not when it refused, called off or lost it", () => {
    expect(shipmentStatuses.filter((status) => !isCourierOwed(status))).toEqual([
      "QUOTED",
      "BOOKING",
      "LOST",
      "CANCELLED",
      "REFUSED",
    ]);
  });
});
