import type { OrderReturnLine as LineRow, OrderReturn as Row } from "../../../prisma/commerce/client/client.ts";
import type { OrderReturn, ReturnStore } from "../domain/order-return.ts";
import type { TransactionClient } from "./client.ts";

/** Reads a row of `order_return` with its lines. */
export function toReturn({ settledAt: _settledAt, lines, ...row }: Row & { readonly lines: LineRow[] }): OrderReturn {
  return {
    ...row,
    origin: row.origin as OrderReturn["origin"],
    lines: lines.map(({ lineId, quantity }) => ({ lineId, quantity })),
  };
}

/** Returns of one transaction. */
export function createReturnStore(client: TransactionClient): ReturnStore {
  return {
    insert: async ({ lines, ...goods }) => {
      await client.orderReturn.create({ data: goods });
      await client.orderReturnLine.createMany({ data: lines.map((line) => ({ returnId: goods.id, ...line })) });
    },
    orderOf: async (returnId) => {
      const row = await client.orderReturn.findUnique({ where: { id: returnId }, select: { orderId: true } });
      return row?.orderId ?? null;
    },
    ofOrder: async (orderId) => {
      const rows = await client.orderReturn.findMany({
        where: { orderId },
        orderBy: { id: "asc" },
        include: { lines: { orderBy: { lineId: "asc" } } },
      });
      return rows.map(toReturn);
    },
    move: async ({ id, status: from }, status, changes) => {
      const { count } = await client.orderReturn.updateMany({
        where: { id, status: from },
        data: { status, ...changes },
      });
      if (count !== 1) throw new Error(`the return ${id} is not as it was read`);
    },
    deliveredAt: async (orderId) => {
      const { _min } = await client.orderEvent.aggregate({
        where: { orderId, kind: { in: ["DELIVERED", "RECEIPT_CONFIRMED"] } },
        _min: { at: true },
      });
      return _min.at;
    },
  };
}
