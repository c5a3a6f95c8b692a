import { CommitLostError, leavesCommitOpen } from "../../../platform/runtime/database-fault.ts";
import type { NewId } from "../../../platform/values/ids.ts";
import { Prisma, type PrismaClient } from "../../../prisma/commerce/client/client.ts";
import type { Transaction, Transactions } from "../domain/ports.ts";
import { createAddressStore } from "./address-store.ts";
import { createAttemptStore } from "./attempt-store.ts";
import { createCartStore } from "./cart-store.ts";
import type { TransactionClient } from "./client.ts";
import { createEventStore } from "./event-store.ts";
import { createExceptionStore } from "./exception-store.ts";
import { createFlashSaleStore } from "./flash-sale-store.ts";
import { createFulfilmentStore } from "./fulfilment-store.ts";
import { createGuestCartStore } from "./guest-cart-store.ts";
import { createIdempotencyStore } from "./idempotency-store.ts";
import { createLedgerStore } from "./ledger-store.ts";
import { createOfferStore } from "./offer-store.ts";
import { createOrderStore } from "./order-store.ts";
import { createPaymentStore } from "./payment-store.ts";
import { createPayoutStore } from "./payout-store.ts";
import { createReturnStore } from "./return-store.ts";
import { createShippingStore } from "./shipping-store.ts";
import { createStockStore } from "./stock-store.ts";
import { createTransferStore } from "./transfer-store.ts";
import { createVoucherStore } from "./voucher-store.ts";

const mostAttempts = 5;
const clients = new WeakMap<Transaction, TransactionClient>();

/** The database client that a transaction's stores use, for stores of the same organisation that are not part of it. */
export function clientOf(tx: Transaction): TransactionClient {
  const client = clients.get(tx);
  if (client === undefined) throw new Error("the transaction was not made by this store");
  return client;
}

/** Makes the stores that act in the transaction of `client`. */
export function bindStores(client: TransactionClient, newId: NewId): Transaction {
  const ledger = createLedgerStore(client, newId);
  const tx: Transaction = {
    idempotency: createIdempotencyStore(client),
    attempts: createAttemptStore(client),
    guestCarts: createGuestCartStore(client),
    carts: createCartStore(client),
    catalogue: createOfferStore(client),
    addresses: createAddressStore(client),
    payments: createPaymentStore(client, newId),
    orders: createOrderStore(client, newId),
    flashSales: createFlashSaleStore(client),
    vouchers: createVoucherStore(client),
    stock: createStockStore(client),
    ledger,
    transfers: createTransferStore(client, ledger, newId),
    fulfilment: createFulfilmentStore(client, newId),
    returns: createReturnStore(client),
    payouts: createPayoutStore(client),
    shipping: createShippingStore(client, newId),
    exceptions: createExceptionStore(client, newId),
    events: createEventStore(client, newId),
  };
  clients.set(tx, client);
  return tx;
}

function sqlStateOf(error: unknown): string | undefined {
  const meta = (error as { meta?: { driverAdapterError?: { cause?: { originalCode?: unknown } } } }).meta;
  const state = meta?.driverAdapterError?.cause?.originalCode;
  return typeof state === "string" ? state : undefined;
}

/**
 * Whether PostgreSQL failed the transaction for another's sake (serialisation failure, deadlock), so that the same work
 * may succeed when run again. Prisma reports it in three shapes: P2034, P2010 around the driver's error, and bare at COMMIT.
 */
export function isTransactionConflict(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === "DriverAdapterError") return error.message === "TransactionWriteConflict";
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return false;
  if (error.code === "P2034") return true;
  return error.code === "P2010" && ["40001", "40P01"].includes(sqlStateOf(error) ?? "");
}

/** Runs units of work on Prisma's client; `onConflict` is told of each attempt that is run again. */
export function createTransactions(
  prisma: PrismaClient,
  newId: NewId,
  onConflict: (error: unknown, attempt: number) => void,
): Transactions {
  async function runInTransaction<Value>(work: (tx: Transaction) => Promise<Value>): Promise<Value> {
    for (let attempt = 1; ; attempt += 1) {
      let isCommitting = false;
      async function attemptWork(client: TransactionClient): Promise<Value> {
        const value = await work(bindStores(client, newId));
        isCommitting = true;
        return value;
      }
      try {
        return await prisma.$transaction(attemptWork, {
          isolationLevel: "ReadCommitted",
          maxWait: 10_000,
          timeout: 20_000,
        });
      } catch (error) {
        if (isCommitting && leavesCommitOpen(error)) throw new CommitLostError(error);
        if (attempt >= mostAttempts || !isTransactionConflict(error)) throw error;
        onConflict(error, attempt);
      }
    }
  }
  return { runInTransaction };
}
