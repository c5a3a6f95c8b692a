import type { PrismaClient } from "../../../prisma/commerce/client/client.ts";
import type { ReturnReads } from "../domain/order-return.ts";
import { toReturn } from "./return-store.ts";

/** Returns as they are shown, from the database. */
export function createReturnReads(prisma: PrismaClient): ReturnReads {
  const lines = { orderBy: { lineId: "asc" as const } };
  return {
    find: async (returnId) => {
      const row = await prisma.orderReturn.findUnique({ where: { id: returnId }, include: { lines } });
      return row === null ? null : toReturn(row);
    },
    byOrders: async (orderIds) => {
      const rows = await prisma.orderReturn.findMany({
        where: { orderId: { in: [...orderIds] } },
        orderBy: [{ orderId: "asc" }, { id: "asc" }],
        include: { lines },
      });
      return rows.map(toReturn);
    },
  };
}
