import type { Money } from "../../../platform/values/money.ts";
import type { MoneyRule } from "./money-rules.ts";
import type { DisputeStatus, Order, OrderLine, OrderStatus } from "./order.ts";
import type { OrderDeadlineRule } from "./order-deadlines.ts";
import type { OrderEventKind } from "./order-life.ts";
import type { Commission } from "./release-split.ts";
import type { Shipment } from "./shipping/shipment.ts";

/** Who did something to an order. */
export type OrderActorKind = "BUYER" | "SELLER" | "OPERATOR" | "PAYMENT" | "TIMER" | "COURIER" | "PROVIDER";

/** Something that happened to an order; appended, never changed. */
export interface OrderEvent {
  readonly orderId: string;
  readonly kind: OrderEventKind;
  readonly by: OrderActorKind;
  /** Why, in the words of whoever did it; null without any. */
  readonly reason: string | null;
  /** Money that it is about, as what is owed back; null when it is about none. */
  readonly amount: Money | null;
  readonly at: Date;
}

/** An order whose row is locked until the transaction ends. */
export interface LockedOrder extends Order {
  readonly lines: readonly OrderLine[];
  /** What was given back or is owed back. */
  readonly refundedMinor: bigint;
  /** Whether a return of it is open. */
  readonly isReturning: boolean;
  /** How it is carried; null when its shop sends by itself. */
  readonly shipment: Shipment | null;
}

/** What a content organisation earned by a line, or gives back of it (below zero). */
export interface CommissionAccrual extends Commission {
  readonly organisation: string;
  readonly orderId: string;
  readonly currency: string;
  /** What it is due to: the order that was released, or the refund. */
  readonly cause: string;
}

/** What was given out of an order's escrow, and when. */
export interface ReleasedMoney {
  readonly at: Date;
  /** What is left of it by account, in minor units, after refunds. */
  readonly legs: ReadonlyMap<string, bigint>;
}

/** Orders after they are paid, in one database transaction. */
export interface FulfilmentStore {
  /** Locks the order's payment, then the order, until the transaction ends; reads its lines and refunds. Null: there is none. */
  readonly lock: (orderId: string) => Promise<LockedOrder | null>;
  /**
   * Moves a locked order. @throws OrderStatusMoveError when the lattice has no such move; Error when the row was not as
   * it was locked.
   */
  readonly move: (order: LockedOrder, status: OrderStatus, dispute: DisputeStatus) => Promise<void>;
  readonly appendEvents: (events: readonly OrderEvent[]) => Promise<void>;
  /** All rules about money, of all days. */
  readonly rules: () => Promise<readonly MoneyRule[]>;
  /** All rules about how long an order may wait, of all days. */
  readonly deadlineRules: () => Promise<readonly OrderDeadlineRule[]>;
  /** What remains given out of a released order; null when nothing of it was ever. Needs the order's lock. */
  readonly released: (orderId: string) => Promise<ReleasedMoney | null>;
  /**
   * What was given for carrying a released order and not taken back, by account, in minor units, below zero for who bore it:
   * what its release, refunds, carriage and the bill of its parcel posted, named as by `parcelCause`. Needs the order's lock.
   */
  readonly carriageLegs: (orderId: string, parcel: string) => Promise<ReadonlyMap<string, bigint>>;
  /** What remains of the commissions on an order's lines; needs the order's lock. */
  readonly commissions: (orderId: string) => Promise<readonly CommissionAccrual[]>;
  readonly appendAccruals: (accruals: readonly CommissionAccrual[], at: Date) => Promise<void>;
}
