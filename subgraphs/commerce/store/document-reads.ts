import type { PrismaClient } from "../../../prisma/commerce/client/client.ts";
import type { DocumentReads } from "../domain/document.ts";
import { toDocument } from "./document-row.ts";

/** Documents, from the database. */
export function createDocumentReads(prisma: PrismaClient): DocumentReads {
  return {
    documentsByOrders: async (buyerId, orderIds) => {
      const rows = await prisma.document.findMany({
        where: { orderId: { in: [...orderIds] }, order: { buyerId } },
        orderBy: { id: "asc" },
      });
      return rows.map(toDocument);
    },
    document: async (id) => {
      const row = await prisma.document.findUnique({ where: { id } });
      return row === null ? null : toDocument(row);
    },
  };
}
