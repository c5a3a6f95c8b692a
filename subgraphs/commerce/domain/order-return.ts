import type { OrderLine } from "./order.ts";
import type { OrderEventKind } from "./order-life.ts";

/**
 * Where a return stands. REQUESTED: the shop has to answer. APPROVED: the goods are on their way back. REJECTED, RECEIVED: it is
 * over. LAPSED: the goods did not come back in time.
 */
export type ReturnStatus = "REQUESTED" | "APPROVED" | "REJECTED" | "RECEIVED" | "LAPSED";

/** Who began it: the buyer of a delivered order, or the courier that could not deliver and brought the parcel back. */
export type ReturnOrigin = "BUYER" | "COURIER";

/** Pieces of an order's line that go back. */
export interface ReturnedLine {
  readonly lineId: string;
  /** At least 1. */
  readonly quantity: number;
}

/** Goods of an order that go back to its shop. */
export interface OrderReturn {
  readonly id: string;
  readonly orderId: string;
  readonly origin: ReturnOrigin;
  readonly status: ReturnStatus;
  /** Why, in the words of whoever began it. */
  readonly reason: string;
  /** Why it was rejected, in the shop's words; null unless it was. */
  readonly answer: string | null;
  readonly lines: readonly ReturnedLine[];
  /** What was owed back for it, in minor units of the order's currency. */
  readonly refundedMinor: bigint;
  readonly requestedAt: Date;
}

/** What is asked of a return. `lapse`: the time for it has come. */
export type ReturnCommand = "approve" | "reject" | "receive" | "lapse";

/** What becomes of a command: the next status and what happened; done already; or not there. */
export type ReturnDecision =
  | { readonly kind: "moved"; readonly status: ReturnStatus; readonly event: OrderEventKind }
  | { readonly kind: "unchanged" }
  | { readonly kind: "refused" };

interface ReturnMove {
  readonly from: ReturnStatus;
  readonly to: ReturnStatus;
  readonly event: OrderEventKind;
  /** Where it is done already. */
  readonly passed: readonly ReturnStatus[];
}

const moves: Readonly<Record<ReturnCommand, ReturnMove>> = {
  approve: { from: "REQUESTED", to: "APPROVED", event: "RETURN_APPROVED", passed: ["APPROVED", "RECEIVED"] },
  reject: { from: "REQUESTED", to: "REJECTED", event: "RETURN_REJECTED", passed: ["REJECTED"] },
  receive: { from: "APPROVED", to: "RECEIVED", event: "RETURN_RECEIVED", passed: ["RECEIVED"] },
  lapse: { from: "APPROVED", to: "LAPSED", event: "RETURN_LAPSED", passed: ["LAPSED"] },
};

/** Statuses of a return that is not over. */
export const openReturnStatuses: readonly ReturnStatus[] = ["REQUESTED", "APPROVED"];

/** Decides what a command does to a return. Pure: a return's whole life is here. */
export function decideReturn(status: ReturnStatus, command: ReturnCommand): ReturnDecision {
  const { from, to, event, passed } = moves[command];
  if (passed.includes(status)) return { kind: "unchanged" };
  return status === from ? { kind: "moved", status: to, event } : { kind: "refused" };
}

/** How many pieces of each line these returns are about. */
export function piecesBack(returns: readonly OrderReturn[]): ReadonlyMap<string, number> {
  const quantities = new Map<string, number>();
  for (const { lineId, quantity } of returns.flatMap(({ lines }) => lines)) {
    quantities.set(lineId, (quantities.get(lineId) ?? 0) + quantity);
  }
  return quantities;
}

/** How many pieces of each line go back by returns that are open or were received. */
export function returnedQuantities(returns: readonly OrderReturn[]): ReadonlyMap<string, number> {
  return piecesBack(returns.filter(({ status }) => status !== "REJECTED" && status !== "LAPSED"));
}

/**
 * What the buyer paid for pieces of a line, after `before` pieces of it went back: its price less what vouchers took off, in
 * proportion. All pieces together, in however many returns, are exactly what was paid for the line.
 */
export function paidForPieces(line: OrderLine, before: number, quantity: number): bigint {
  const pieces = BigInt(line.quantity);
  const paidMinor = line.unitPrice.amountMinor * pieces - line.discount.amountMinor;
  const upTo = (count: number): bigint => (paidMinor * BigInt(count)) / pieces;
  return upTo(before + quantity) - upTo(before);
}

/** Returns in one database transaction. The lock of their order protects them. */
export interface ReturnStore {
  readonly insert: (goods: OrderReturn) => Promise<void>;
  /** The order of a return; null: there is no such return. */
  readonly orderOf: (returnId: string) => Promise<string | null>;
  /** All returns of an order, oldest first. */
  readonly ofOrder: (orderId: string) => Promise<OrderReturn[]>;
  /** Moves a return. @throws Error when it was not as it was read. */
  readonly move: (
    goods: OrderReturn,
    status: ReturnStatus,
    changes: { readonly answer: string | null; readonly refundedMinor: bigint; readonly settledAt: Date | null },
  ) => Promise<void>;
  /** When the order arrived, by its timeline; null: it did not. */
  readonly deliveredAt: (orderId: string) => Promise<Date | null>;
}

/** Returns as they are shown; who asks has been held against their order. */
export interface ReturnReads {
  readonly find: (returnId: string) => Promise<OrderReturn | null>;
  /** All returns of the orders, oldest first. */
  readonly byOrders: (orderIds: readonly string[]) => Promise<OrderReturn[]>;
}
