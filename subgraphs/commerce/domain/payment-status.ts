/** Where the money of a payment stands. Orthogonal to the status of the orders it covers. */
export type PaymentStatus =
  | "REQUESTED"
  | "AWAITING_PAYMENT"
  | "UNKNOWN"
  | "PAID"
  | "FAILED"
  | "EXPIRED"
  | "REFUNDING"
  | "REFUNDED";

/** A status was asked to move where the lattice does not lead. A bug of the caller. */
export class PaymentStatusMoveError extends Error {
  override readonly name = "PaymentStatusMoveError";
}

// A captured payment stays PAID until the whole of it was sent back. Money that arrives after the end is either honoured (-> PAID, when the stock is still there) or sent back (-> REFUNDING).
const moves: Readonly<Record<PaymentStatus, readonly PaymentStatus[]>> = {
  REQUESTED: ["AWAITING_PAYMENT", "UNKNOWN", "PAID", "FAILED", "EXPIRED"],
  UNKNOWN: ["AWAITING_PAYMENT", "PAID", "FAILED", "EXPIRED"],
  AWAITING_PAYMENT: ["PAID", "FAILED", "EXPIRED"],
  FAILED: ["PAID", "REFUNDING"],
  EXPIRED: ["PAID", "REFUNDING"],
  PAID: ["REFUNDED"],
  REFUNDING: ["REFUNDED"],
  REFUNDED: [],
};

/** Every status, in the order of the schema. */
export const paymentStatuses = Object.keys(moves) as readonly PaymentStatus[];

/** Statuses in which the buyer may still pay: stock is held and a virtual account is open. */
export const payableStatuses: readonly PaymentStatus[] = ["REQUESTED", "AWAITING_PAYMENT", "UNKNOWN"];

/** Whether the buyer may still pay. */
export function isPayable(status: PaymentStatus): boolean {
  return payableStatuses.includes(status);
}

/** Whether the lattice leads from one status to another in one move. No path leads back to where it came from. */
export function canMove(from: PaymentStatus, to: PaymentStatus): boolean {
  return moves[from].includes(to);
}

/**
 * Checks a conditional update before it is sent: each of `from` must lead to `to`.
 * @throws PaymentStatusMoveError naming the move that the lattice does not have.
 */
export function requireMoves(from: readonly PaymentStatus[], to: PaymentStatus): void {
  for (const status of from) {
    if (!canMove(status, to)) throw new PaymentStatusMoveError(`a payment does not move from ${status} to ${to}`);
  }
}
