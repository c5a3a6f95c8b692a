import { backOffMs } from "../back-off.ts";
import type { Workflow } from "../durable-run.ts";
import type { LockedOrder } from "../fulfilment.ts";
import { decideOrder, type OrderCommand } from "../order-life.ts";
import type { DurableWork, Transaction } from "../ports.ts";
import { isOver, type Shipment, type ShipmentStatus, statusAfter } from "../shipping/shipment.ts";
import type { TrackingStep } from "../shipping/tracking.ts";
import { applyDecision, type Fulfilling, stateOf } from "./act-on-order.ts";
import { followCarriage } from "./carriage-fee.ts";
import type { CourierOf } from "./intend-booking.ts";
import { noteCourierReturn } from "./return-goods.ts";

/** What following parcels needs. */
export interface TrackingDependencies {
  readonly fulfilling: Fulfilling;
  readonly courierOf: CourierOf;
}

// Couriers tell by call-backs; one that stays silent is asked so often.
const pollMs = 6 * 3_600_000;
// A call-back can overtake our record of the booking, or the courier be away: about ten minutes, then the next poll finds it.
const mostAttempts = 12;

/** Starts the `round`-th look of its own accord at a parcel, some hours from now. */
export function startTracking(work: DurableWork, tx: Transaction, orderId: string, round: number): Promise<void> {
  const input = { orderId, round: String(round) };
  return work.startInTx(tx, "track-shipment", `track-shipment:${orderId}:round-${round}`, input, { delayMs: pollMs });
}

const objections: Partial<Record<ShipmentStatus, string>> = {
  LOST: "the courier has lost the parcel",
  CANCELLED: "the courier has called the parcel off",
  RETURNED: "the courier has brought the parcel back to the shop",
};

async function moveOrder(
  fulfilling: Fulfilling,
  tx: Transaction,
  order: LockedOrder,
  command: OrderCommand,
  reason: string | null,
): Promise<void> {
  const decision = decideOrder(stateOf(order), command);
  if (decision.kind === "moved") await applyDecision(fulfilling, tx, order, decision, { by: "COURIER", reason });
}

/**
 * Applies what a courier tells: history and timeline grow, the parcel moves up, an order that arrived is delivered, and the
 * books of one that is complete follow when its courier earned the fee after all, or not.
 */
async function applySteps(
  fulfilling: Fulfilling,
  tx: Transaction,
  orderId: string,
  steps: readonly TrackingStep[],
): Promise<ShipmentStatus | null> {
  const order = await tx.fulfilment.lock(orderId);
  if (order === null || order.shipment === null) return null;
  const { shipment } = order;
  const at = fulfilling.clock();
  const added = await tx.shipping.appendSteps(orderId, steps, at);
  await tx.fulfilment.appendEvents(
    added.map(({ status, code, place }) => {
      const reason = [status === "UNKNOWN" ? `UNKNOWN ${code}` : status, place]
        .filter((word) => word !== "")
        .join(", ");
      return { orderId, kind: "PARCEL_TRACKED", by: "COURIER", reason, amount: null, at } as const;
    }),
  );
  const status = statusAfter(shipment.status, steps);
  if (status === shipment.status) return status;
  await tx.shipping.move(shipment, status);
  const moved = { ...order, shipment: { ...shipment, status } };
  const objection = objections[status];
  if (status === "DELIVERED") await moveOrder(fulfilling, tx, moved, { kind: "deliver" }, null);
  else if (objection !== undefined) await moveOrder(fulfilling, tx, moved, { kind: "open-dispute" }, objection);
  if (status === "RETURNED") await noteCourierReturn(fulfilling, tx, moved);
  await followCarriage(tx, moved, shipment.status, at);
  return status;
}

/**
 * The workflow `track-shipment` { orderId, wake? | round?, attempt? }: asks the courier where a parcel is and applies that.
 * A call-back starts it (`wake` is its number), and the time (`round`), so that a courier that never tells is asked.
 */
export function createTrackShipment({ fulfilling, courierOf }: TrackingDependencies): Workflow {
  const { work } = fulfilling;

  async function tryLater(tx: Transaction, input: Readonly<Record<string, string>>): Promise<void> {
    const attempt = Number(input.attempt ?? 1);
    if (attempt >= mostAttempts) return;
    const { orderId = "", wake = `round-${input.round}` } = input;
    const next = { ...input, attempt: String(attempt + 1) };
    const id = `track-shipment:${orderId}:${wake}:${attempt + 1}`;
    await work.startInTx(tx, "track-shipment", id, next, { delayMs: backOffMs(attempt) });
  }

  return async (run, input) => {
    const { orderId = "" } = input;
    const isFirst = input.attempt === undefined;
    const shipment = await run.tx("load", async (tx): Promise<Shipment | null> => {
      const found = await tx.shipping.find(orderId);
      if (found === null || isOver(found.status)) return null;
      if (input.round !== undefined && isFirst) await startTracking(work, tx, orderId, Number(input.round) + 1);
      if (found.waybill === null) await tryLater(tx, input);
      return found;
    });
    if (shipment === null || shipment.waybill === null) return;
    const { waybill } = shipment;
    const answer = await run.step("ask where it is", () => courierOf(shipment).track(waybill));
    await run.tx("apply", async (tx) => {
      if (answer.kind === "unknown") await tryLater(tx, input);
      else await applySteps(fulfilling, tx, orderId, answer.steps);
    });
  };
}
