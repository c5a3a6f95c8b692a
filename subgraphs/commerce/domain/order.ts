import type { Money } from "../../../platform/values/money.ts";
import type { Attribution } from "./attribution.ts";

/** Whether somebody objects to the order. Orthogonal to its status: while it is open, nothing completes. */
export type DisputeStatus = "NONE" | "OPEN" | "RESOLVED";

/** Where an order stands; says nothing about money. */
export type OrderStatus = "PLACED" | "CONFIRMED" | "SHIPPED" | "DELIVERED" | "COMPLETED" | "CANCELLED";

/** What a buyer buys from one shop. */
export interface Order {
  readonly id: string;
  readonly buyerId: string;
  readonly shopId: string;
  readonly paymentId: string;
  readonly status: OrderStatus;
  readonly dispute: DisputeStatus;
  readonly total: Money;
  readonly shippingAddress: ShippingAddress;
  readonly placedAt: Date;
}

/** What the outcome of a payment needs to know of an order that it covers. */
export interface PlacedOrder {
  readonly id: string;
  readonly shopId: string;
  readonly status: OrderStatus;
  readonly total: Money;
}

/** A variant as it was bought. */
export interface OrderLine {
  readonly id: string;
  readonly orderId: string;
  readonly variantId: string;
  readonly title: string;
  readonly quantity: number;
  readonly unitPrice: Money;
  /** What vouchers took off the line, whoever bears it. */
  readonly discount: Money;
  readonly attribution: Attribution | null;
}

/** An address as it was when the order was placed. */
export interface ShippingAddress {
  readonly recipientName: string;
  /** E.164. */
  readonly phone: string;
  readonly street: string;
  readonly districtCode: string;
  readonly postalCode: string;
}

/** An order about to be placed, with its lines in the cart's order. */
export interface NewOrder extends Order {
  /** Its place among the orders of one checkout, from 0. */
  readonly position: number;
  readonly lines: readonly OrderLine[];
}
