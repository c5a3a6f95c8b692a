import type { PrismaClient } from "../../../prisma/commerce/client/client.ts";
import type { BuyerReads } from "../domain/reads.ts";
import { readOrderPage, readOrdersByIds, readOrdersByPayments } from "./bought-orders.ts";
import { readCartLines, readCartVouchers } from "./cart-store.ts";
import { toOrderLine } from "./order-row.ts";
import { toOrderEvent } from "./order-store.ts";
import { toPayment } from "./payment-store.ts";
import { toShipment, toStep } from "./shipping-store.ts";

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
  return {
    cart: async (buyerId) => {
      // Version before lines: a change in between shows lines that are newer than the version, which checkout then refuses.
      const row = await prisma.cart.findUnique({ where: { buyerId } });
      if (row === null) return { buyerId, version: 0, lines: [], vouchers: [] };
      const lines = await readCartLines(prisma, buyerId);
      return { buyerId, version: row.version, lines, vouchers: await readCartVouchers(prisma, buyerId) };
    },
    addresses: (buyerId) => prisma.address.findMany({ where: { buyerId }, orderBy: { id: "asc" } }),
    ordersByIds: (buyerId, ids) => readOrdersByIds(prisma, buyerId, ids),
    ordersByPayments: (buyerId, paymentIds) => readOrdersByPayments(prisma, buyerId, paymentIds),
    orderPage: (buyerId, page) => readOrderPage(prisma, buyerId, page),
    linesByOrders: linesOf(prisma),
    eventsByOrders: async (buyerId, orderIds) => {
      const rows = await prisma.orderEvent.findMany({
        where: { orderId: { in: [...orderIds] }, order: { buyerId } },
        orderBy: [{ orderId: "asc" }, { at: "asc" }, { id: "asc" }],
      });
      return rows.map(toOrderEvent);
    },
    shipmentsByOrders: async (buyerId, orderIds) => {
      const rows = await prisma.shipment.findMany({
        where: { orderId: { in: [...orderIds] }, order: { buyerId } },
        include: { steps: { orderBy: [{ at: "asc" }, { code: "asc" }] } },
      });
      return rows.map(({ steps, ...row }) => ({ ...toShipment(row), history: steps.map(toStep) }));
    },
    paymentsByIds: async (buyerId, ids) =>
      (await prisma.payment.findMany({ where: { buyerId, id: { in: [...ids] } } })).map(toPayment),
  };
}
