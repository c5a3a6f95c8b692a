import { toPage } from "../../../platform/values/page.ts";
import type { OrderLine as LineRow, Order as OrderRow, PrismaClient } from "../../../prisma/commerce/client/client.ts";
import type { OrderActorKind } from "../domain/fulfilment.ts";
import type { Order, OrderLine } from "../domain/order.ts";
import type { OrderEventKind } from "../domain/order-life.ts";
import type { BuyerReads } from "../domain/reads.ts";
import { readCartLines } from "./cart-store.ts";
import { toPayment } from "./payment-store.ts";
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
    attribution: readAttribution(row.attribution),
  };
}

function linesOf(prisma: PrismaClient): BuyerReads["linesByOrders"] {
  return async (buyerId, orderIds) => {
    const rows = await prisma.orderLine.findMany({
      where: { orderId: { in: [...orderIds] }, order: { buyerId } },
      orderBy: [{ orderId: "asc" }, { position: "asc" }],
      include: { order: { select: { currency: true } } },
    });
    return rows.map((row) => toOrderLine(row, row.order.currency));
  };
}

/** What a buyer may read of their own, from the database. */
export function createBuyerReads(prisma: PrismaClient): BuyerReads {
  const orderPage: BuyerReads["orderPage"] = async (buyerId, page) => {
    const rows = await prisma.order.findMany({
      where: { buyerId, ...(page.after === null ? {} : { id: { lt: page.after } }) },
      orderBy: { id: "desc" },
      take: page.first + 1,
    });
    return toPage(rows.map(toOrder), page, (order) => order.id);
  };
  return {
    cart: async (buyerId) => {
      // Version before lines: a change in between shows lines that are newer than the version, which checkout then refuses.
      const row = await prisma.cart.findUnique({ where: { buyerId } });
      return { buyerId, version: row?.version ?? 0, lines: row === null ? [] : await readCartLines(prisma, buyerId) };
    },
    addresses: (buyerId) => prisma.address.findMany({ where: { buyerId }, orderBy: { id: "asc" } }),
    ordersByIds: async (buyerId, ids) =>
      (await prisma.order.findMany({ where: { buyerId, id: { in: [...ids] } } })).map(toOrder),
    ordersByPayments: async (buyerId, paymentIds) => {
      const rows = await prisma.order.findMany({
        where: { buyerId, paymentId: { in: [...paymentIds] } },
        orderBy: [{ paymentId: "asc" }, { position: "asc" }],
      });
      return rows.map(toOrder);
    },
    orderPage,
    linesByOrders: linesOf(prisma),
    eventsByOrders: async (buyerId, orderIds) => {
      const rows = await prisma.orderEvent.findMany({
        where: { orderId: { in: [...orderIds] }, order: { buyerId } },
        orderBy: [{ orderId: "asc" }, { at: "asc" }, { id: "asc" }],
      });
      return rows.map((row) => ({
        orderId: row.orderId,
        kind: row.kind as OrderEventKind,
        by: row.by as OrderActorKind,
        reason: row.reason,
        amount:
          row.amountMinor === null || row.currency === null
            ? null
            : { amountMinor: row.amountMinor, currency: row.currency },
        at: row.at,
      }));
    },
    paymentsByIds: async (buyerId, ids) =>
      (await prisma.payment.findMany({ where: { buyerId, id: { in: [...ids] } } })).map(toPayment),
  };
}
