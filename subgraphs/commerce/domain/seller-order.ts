import type { Money } from "../../../platform/values/money.ts";
import type { Page, PageRequest } from "../../../platform/values/page.ts";
import type { OrderEvent } from "./fulfilment.ts";
import type { Order, OrderLine, OrderStatus, ShippingAddress } from "./order.ts";
import type { PaymentStatus } from "./payment-status.ts";
import type { TrackedShipment } from "./shipping/shipment.ts";

/** A line as its shop sees it: without the content that brought the sale. */
export type SoldLine = Omit<OrderLine, "attribution">;

/** An order as its shop sees it: what was sold and what to send; nothing that says who bought it. */
export interface SellerOrder extends Omit<Order, "buyerId" | "paymentId" | "shippingAddress"> {
  readonly lines: readonly SoldLine[];
  readonly events: readonly OrderEvent[];
  readonly shipment: TrackedShipment | null;
  readonly refunded: Money;
  /** What a label needs, as long as there is something to send; null before and after. */
  readonly labelAddress: LabelAddress | null;
}

/** What a parcel's label has. */
export interface LabelAddress extends Omit<ShippingAddress, "phone"> {
  /** E.164; null when a courier that we book carries the parcel: it is told by us. */
  readonly phone: string | null;
}

/** An order as an operator sees it who decides a dispute. */
export interface OperatorOrder {
  readonly order: SellerOrder;
  readonly paymentStatus: PaymentStatus;
  readonly paidAt: Date | null;
}

/** What a label may say of where a parcel goes: only while it is to be sent or on its way. */
export function labelAddressOf(
  { status, shippingAddress }: Pick<Order, "status" | "shippingAddress">,
  shipment: Pick<TrackedShipment, "status"> | null,
): LabelAddress | null {
  if (status !== "CONFIRMED" && status !== "SHIPPED") return null;
  const isSentByShop = shipment === null || shipment.status === "REFUSED";
  return { ...shippingAddress, phone: isSentByShop ? shippingAddress.phone : null };
}

/** What shops and operators read of orders that were paid; the shop is part of every statement of a seller's. */
export interface SellerOrderReads {
  /** A page of the shop's orders that were paid, newest first. */
  readonly page: (shopId: string, status: OrderStatus | null, page: PageRequest) => Promise<Page<SellerOrder>>;
  /** One of the shop's; null when it was never paid or is not the shop's. */
  readonly find: (shopId: string, orderId: string) => Promise<SellerOrder | null>;
  /** Any order, for an operator; who reads it and why is written down before it is answered. Null when there is none. */
  readonly readAsOperator: (read: OrderRead) => Promise<OperatorOrder | null>;
}

/** An operator's reading of an order. */
export interface OrderRead {
  readonly orderId: string;
  /** The operator's subject. */
  readonly by: string;
  readonly reason: string;
  readonly at: Date;
}
