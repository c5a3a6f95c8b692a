import type { OrderLine as LineRow, Order as OrderRow } from "../../../prisma/commerce/client/client.ts";
import type { Order, OrderLine } from "../domain/order.ts";
import { readAttribution, readShippingAddress } from "./stored-json.ts";

/** Reads a row of `order`. */
export function toOrder(row: OrderRow): Order {
  return {
    id: row.id,
    buyerId: row.buyerId,
    shopId: row.shopId,
    paymentId: row.paymentId,
    status: row.status,
    dispute: row.dispute,
    total: { amountMinor: row.totalMinor, currency: row.currency },
    shippingAddress: readShippingAddress(row.shippingAddress),
    placedAt: row.placedAt,
  };
}

/** Reads a row of `order_line`, whose currency is its order's. */
export function toOrderLine(row: LineRow, currency: string): OrderLine {
  return {
    id: row.id,
    orderId: row.orderId,
    variantId: row.variantId,
    title: row.title,
    quantity: row.quantity,
    unitPrice: { amountMinor: row.unitPriceMinor, currency },
    discount: { amountMinor: row.discountMinor, currency },
    attribution: readAttribution(row.attribution),
  };
}
