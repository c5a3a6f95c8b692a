import type { Prisma, PrismaClient } from "../../../prisma/storefront/client/client.ts";
import type { Viewer } from "../domain/viewer.ts";

/** A Prisma transaction. */
export type Transaction = Prisma.TransactionClient;

/** The storefront's Prisma client. */
export type StorefrontClient = PrismaClient;

/** Writes the viewer's row at the first action; later it changes nothing. Everything a viewer does refers to it. */
export async function recordViewer(transaction: Transaction, viewer: Viewer, at: Date): Promise<void> {
  await transaction.viewer.createMany({
    data: { subject: viewer.subject, name: viewer.name, firstSeenAt: at },
    skipDuplicates: true,
  });
}
