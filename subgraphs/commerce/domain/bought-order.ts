import type { Order } from "./order.ts";
import type { Payment } from "./payment.ts";

/** An order with the payment that covers it, both of one moment. */
export interface BoughtOrder extends Order {
  readonly payment: Payment;
  /** How long its timeline is, so that an order of which only that grew is another state. */
  readonly eventCount: number;
}
