import type { Database } from "../../../platform/runtime/database.ts";
import type { Logger } from "../../../platform/runtime/logger.ts";
import type { NewId } from "../../../platform/values/ids.ts";
import { PrismaClient } from "../../../prisma/commerce/client/client.ts";
import type { DocumentReads } from "../domain/document.ts";
import type { SellerReads } from "../domain/listing.ts";
import type { ReturnReads } from "../domain/order-return.ts";
import type { Transactions } from "../domain/ports.ts";
import type { BuyerReads, CatalogueReads, LedgerReads } from "../domain/reads.ts";
import type { ReviewReads } from "../domain/review.ts";
import type { SellerOrderReads } from "../domain/seller-order.ts";
import type { ShippingReads } from "../domain/shipping/basket.ts";
import type { StatementReads } from "../domain/statement.ts";
import { createBuyerReads } from "./buyer-reads.ts";
import { createCatalogueReads } from "./catalogue-reads.ts";
import { createDocumentReads } from "./document-reads.ts";
import { createLedgerReads } from "./ledger-reads.ts";
import { createSnapshotTaker, type TakenSnapshot } from "./ledger-snapshots.ts";
import { createReturnReads } from "./return-reads.ts";
import { createReviewReads } from "./review-reads.ts";
import { createSellerOrderReads } from "./seller-order-reads.ts";
import { createSellerReads } from "./seller-reads.ts";
import { createShippingReads } from "./shipping-reads.ts";
import { createStatementReads } from "./statement-reads.ts";
import { createTransactions } from "./transactions.ts";

/** Commerce's state in its database. */
export interface Store {
  readonly transactions: Transactions;
  readonly catalogue: CatalogueReads;
  readonly buyer: BuyerReads;
  readonly statements: StatementReads;
  readonly shipping: ShippingReads;
  readonly seller: SellerReads;
  readonly sellerOrders: SellerOrderReads;
  readonly returns: ReturnReads;
  readonly reviews: ReviewReads;
  readonly documents: DocumentReads;
  readonly ledger: LedgerReads;
  /** Keeps the balances of now, so that reading them later sums up less. */
  readonly takeLedgerSnapshot: (at: Date) => Promise<TakenSnapshot>;
  /** Lets Prisma's client go; the pool is closed by who opened it. */
  readonly close: () => Promise<void>;
}

/** Makes the store on a pool. Transactions that are run again for another's sake are logged. */
export function createStore(database: Database, newId: NewId, logger: Logger): Store {
  const prisma = new PrismaClient({ adapter: database.adapter });
  return {
    transactions: createTransactions(prisma, newId, (error, attempt) =>
      logger.info({ err: error, attempt }, "a transaction is run again: the database failed it for another's sake"),
    ),
    catalogue: createCatalogueReads(prisma),
    buyer: createBuyerReads(prisma),
    statements: createStatementReads(prisma),
    shipping: createShippingReads(prisma),
    seller: createSellerReads(prisma),
    sellerOrders: createSellerOrderReads(prisma, newId),
    returns: createReturnReads(prisma),
    reviews: createReviewReads(prisma),
    documents: createDocumentReads(prisma),
    ledger: createLedgerReads(prisma),
    takeLedgerSnapshot: createSnapshotTaker(prisma, newId),
    close: () => prisma.$disconnect(),
  };
}
