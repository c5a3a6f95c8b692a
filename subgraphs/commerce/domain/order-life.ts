import type { DisputeStatus, OrderStatus } from "./order.ts";

/** What an order's next move depends on. Amounts in minor units. */
export interface OrderState {
  readonly status: OrderStatus;
  readonly dispute: DisputeStatus;
  readonly totalMinor: bigint;
  /** What was given back or is owed back. */
  readonly refundedMinor: bigint;
  /** Whether a return of it is open: nothing completes or is disputed meanwhile. No, when left out. */
  readonly isReturning?: boolean;
}

/** What is asked of an order. */
export type OrderCommand =
  | { readonly kind: "ship" }
  | { readonly kind: "deliver" }
  | { readonly kind: "confirm-receipt" }
  | { readonly kind: "auto-complete" }
  | { readonly kind: "cancel" }
  | { readonly kind: "open-dispute" }
  | { readonly kind: "resolve-dispute"; readonly refundMinor: bigint }
  | { readonly kind: "refund"; readonly amountMinor: bigint };

/** What happened to an order, in the past tense. */
export type OrderEventKind =
  | "PLACED"
  | "CONFIRMED"
  | "SHIPPED"
  | "DELIVERED"
  | "RECEIPT_CONFIRMED"
  | "COMPLETED"
  | "CANCELLED"
  | "DISPUTE_OPENED"
  | "DISPUTE_RESOLVED"
  | "REFUND_OWED"
  | "REFUND_SENT"
  | "WAYBILL_ISSUED"
  | "BOOKING_REFUSED"
  | "PARCEL_TRACKED"
  | "RETURN_REQUESTED"
  | "RETURN_APPROVED"
  | "RETURN_REJECTED"
  | "RETURN_RECEIVED"
  | "RETURN_LAPSED";

/**
 * What becomes of a command. `moved`: the next state, what happened in order, and what is owed back. `unchanged`: it is done
 * already. `refused`: not in this state; `too-much`: more would be given back than was paid and is left.
 */
export type OrderDecision =
  | {
      readonly kind: "moved";
      readonly state: OrderState;
      readonly events: readonly OrderEventKind[];
      readonly refundMinor: bigint;
    }
  | { readonly kind: "unchanged" }
  | { readonly kind: "refused" }
  | { readonly kind: "too-much" };

/** A status was asked to move where the lattice does not lead. A bug of the caller. */
export class OrderStatusMoveError extends Error {
  override readonly name = "OrderStatusMoveError";
}

// CANCELLED leads back only for an order that was never paid: when its money comes late and its stock can still be had, and
// when its buyer pays in another way.
const moves: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  PLACED: ["CONFIRMED", "CANCELLED"],
  CONFIRMED: ["SHIPPED", "CANCELLED"],
  SHIPPED: ["DELIVERED", "COMPLETED"],
  DELIVERED: ["COMPLETED"],
  COMPLETED: [],
  CANCELLED: ["PLACED", "CONFIRMED"],
};

/** Every status, in the order of the schema. */
export const orderStatuses = Object.keys(moves) as readonly OrderStatus[];

/** Statuses in which the buyer's money is in escrow. */
export const escrowStatuses: readonly OrderStatus[] = ["CONFIRMED", "SHIPPED", "DELIVERED"];

/** Whether the lattice leads from one status to another in one move. */
export function canOrderMove(from: OrderStatus, to: OrderStatus): boolean {
  return moves[from].includes(to);
}

/** Checks a conditional update before it is sent. @throws OrderStatusMoveError naming the move that the lattice has not. */
export function requireOrderMove(from: OrderStatus, to: OrderStatus): void {
  if (!canOrderMove(from, to)) throw new OrderStatusMoveError(`an order does not move from ${from} to ${to}`);
}

const unchanged: OrderDecision = { kind: "unchanged" };
const refusal: OrderDecision = { kind: "refused" };

/** What can still be given back. */
export function refundableMinor({ totalMinor, refundedMinor }: OrderState): bigint {
  return totalMinor - refundedMinor;
}

function moved(
  state: OrderState,
  changes: Partial<OrderState>,
  events: readonly OrderEventKind[],
  refundMinor = 0n,
): OrderDecision {
  const refundedMinor = state.refundedMinor + refundMinor;
  const owed: readonly OrderEventKind[] = refundMinor > 0n ? ["REFUND_OWED"] : [];
  return { kind: "moved", state: { ...state, ...changes, refundedMinor }, events: [...events, ...owed], refundMinor };
}

/** Moves forward along the lattice; a status that is already reached or passed is no refusal. */
function advance(
  state: OrderState,
  from: readonly OrderStatus[],
  to: OrderStatus,
  events: readonly OrderEventKind[],
  passed: readonly OrderStatus[],
): OrderDecision {
  if (passed.includes(state.status)) return unchanged;
  return from.includes(state.status) ? moved(state, { status: to }, events) : refusal;
}

function complete(state: OrderState, from: readonly OrderStatus[], events: readonly OrderEventKind[]): OrderDecision {
  if (state.dispute === "OPEN" || (state.isReturning === true && state.status !== "COMPLETED")) return refusal;
  return advance(state, from, "COMPLETED", events, ["COMPLETED"]);
}

function resolveDispute(state: OrderState, refundMinor: bigint): OrderDecision {
  if (state.dispute === "RESOLVED") return unchanged;
  if (state.dispute !== "OPEN" || !canOrderMove(state.status, "COMPLETED")) return refusal;
  if (refundMinor < 0n || refundMinor > refundableMinor(state)) return { kind: "too-much" };
  return moved(state, { dispute: "RESOLVED", status: "COMPLETED" }, ["DISPUTE_RESOLVED", "COMPLETED"], refundMinor);
}

function refund(state: OrderState, amountMinor: bigint): OrderDecision {
  const isPaid = state.status === "COMPLETED" || escrowStatuses.includes(state.status);
  if (!isPaid || state.dispute === "OPEN") return refusal;
  if (amountMinor <= 0n || amountMinor > refundableMinor(state)) return { kind: "too-much" };
  return moved(state, {}, [], amountMinor);
}

function openDispute(state: OrderState): OrderDecision {
  if (state.dispute === "OPEN") return unchanged;
  const canBe = state.dispute === "NONE" && state.isReturning !== true && canOrderMove(state.status, "COMPLETED");
  return canBe ? moved(state, { dispute: "OPEN" }, ["DISPUTE_OPENED"]) : refusal;
}

function cancel(state: OrderState): OrderDecision {
  if (state.status === "CANCELLED") return unchanged;
  // Nothing was paid, so nothing is owed back.
  if (state.status === "PLACED") return moved(state, { status: "CANCELLED" }, ["CANCELLED"]);
  if (state.status !== "CONFIRMED") return refusal;
  return moved(state, { status: "CANCELLED" }, ["CANCELLED"], refundableMinor(state));
}

/** Decides what a command does to an order. Pure: an order's whole life is here, but for what its payment does to it. */
export function decideOrder(state: OrderState, command: OrderCommand): OrderDecision {
  switch (command.kind) {
    case "ship":
      return advance(state, ["CONFIRMED"], "SHIPPED", ["SHIPPED"], ["SHIPPED", "DELIVERED", "COMPLETED"]);
    case "deliver":
      return advance(state, ["SHIPPED"], "DELIVERED", ["DELIVERED"], ["DELIVERED", "COMPLETED"]);
    case "confirm-receipt":
      return complete(state, ["SHIPPED", "DELIVERED"], ["RECEIPT_CONFIRMED", "COMPLETED"]);
    case "auto-complete":
      return complete(state, ["DELIVERED"], ["COMPLETED"]);
    case "cancel":
      return cancel(state);
    case "open-dispute":
      return openDispute(state);
    case "resolve-dispute":
      return resolveDispute(state, command.refundMinor);
    case "refund":
      return refund(state, command.amountMinor);
  }
}
