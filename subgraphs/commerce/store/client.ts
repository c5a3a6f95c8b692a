import type { Prisma } from "../../../prisma/commerce/client/client.ts";

/** Prisma's client inside one transaction, or the whole client for reads outside of one. */
export type TransactionClient = Prisma.TransactionClient;
