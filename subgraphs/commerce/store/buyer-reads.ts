import type { PrismaClient } from "../../../prisma/commerce/client/client.ts";
import type { BuyerReads } from "../domain/reads.ts";
import { readOrderPage, readOrdersByIds, readOrdersByPayments } from "./bought-orders.ts";
import { readCartLines } from "./cart-store.ts";
import { toPayment } from "./payment-store.ts";
import { readAttribution } from "./stored-json.ts";

function linesOf(prisma: PrismaClient): BuyerReads["linesByOrders"] {
  return async (buyerId, orderIds) => {
    const rows = await prisma.orderLine.findMany({
      where: { orderId: { in: [...orderIds] }, order: { buyerId } },
      orderBy: [{ orderId: "asc" }, { position: "asc" }],
      include: { order: { select: { currency: true } } },
    });
    return rows.map((row) => ({
      id: row.id,
      orderId: row.orderId,
      variantId: row.variantId,
      title: row.title,
      quantity: row.quantity,
      unitPrice: { amountMinor: row.unitPriceMinor, currency: row.order.currency },
      attribution: readAttribution(row.attribution),
    }));
  };
}

/** What a buyer may read of their own, from the database. */
export function createBuyerReads(prisma: PrismaClient): BuyerReads {
  return {
    cart: async (buyerId) => {
      // Version before lines: a change in between shows lines that are newer than the version, which checkout then refuses.
      const row = await prisma.cart.findUnique({ where: { buyerId } });
      return { buyerId, version: row?.version ?? 0, lines: row === null ? [] : await readCartLines(prisma, buyerId) };
    },
    addresses: (buyerId) => prisma.address.findMany({ where: { buyerId }, orderBy: { id: "asc" } }),
    ordersByIds: (buyerId, ids) => readOrdersByIds(prisma, buyerId, ids),
    ordersByPayments: (buyerId, paymentIds) => readOrdersByPayments(prisma, buyerId, paymentIds),
    orderPage: (buyerId, page) => readOrderPage(prisma, buyerId, page),
    linesByOrders: linesOf(prisma),
    paymentsByIds: async (buyerId, ids) =>
      (await prisma.payment.findMany({ where: { buyerId, id: { in: [...ids] } } })).map(toPayment),
  };
}
