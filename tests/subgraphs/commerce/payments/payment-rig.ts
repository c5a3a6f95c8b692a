import { setTimeout as sleep } from "node:timers/promises";
import { jest } from "@jest/globals";
import pg, { type Pool } from "pg";
import { pino } from "pino";
import { Registry } from "prom-client";
import { type Database, openDatabase } from "../../../../platform/runtime/database.ts";
import { newId } from "../../../../platform/runtime/ids.ts";
import { PrismaClient } from "../../../../prisma/commerce/client/client.ts";
import { createCallbackListener } from "../../../../subgraphs/commerce/callbacks/listener.ts";
import { composeDaily } from "../../../../subgraphs/commerce/composition/daily.ts";
import { composeFulfilment, type Fulfilment } from "../../../../subgraphs/commerce/composition/fulfilment.ts";
import { composePayments, type Payments } from "../../../../subgraphs/commerce/composition/payments.ts";
import type { Payment } from "../../../../subgraphs/commerce/domain/payment.ts";
import type { Transactions } from "../../../../subgraphs/commerce/domain/ports.ts";
import { startDurableEngine } from "../../../../subgraphs/commerce/store/durable/engine.ts";
import { createDurableWork } from "../../../../subgraphs/commerce/store/durable/start-in-tx.ts";
import { createSnapshotTaker } from "../../../../subgraphs/commerce/store/ledger-snapshots.ts";
import { createTransactions } from "../../../../subgraphs/commerce/store/transactions.ts";
import { migratorUrlOf } from "../../../support/databases.ts";
import { type ProviderProcesses, startProviders } from "./provider-processes.ts";

/** A payment that the rig placed, with the one order and the variant it is about. */
export interface Placed {
  readonly paymentId: string;
  readonly orderId: string;
  readonly variantId: string;
}

/** How a payment is placed. */
export interface PlaceOptions {
  readonly methodId: string;
  readonly amountMinor?: bigint;
  /** Pieces on hand; one is reserved. */
  readonly onHand?: number;
  readonly ttlSeconds?: number;
  /** Start the workflows that checkout starts. */
  readonly withWork?: boolean;
}

/** Commerce's payments with real providers and a real database: everything but GraphQL. */
export interface PaymentRig {
  readonly providers: ProviderProcesses;
  readonly payments: Payments;
  readonly fulfilment: Fulfilment;
  readonly transactions: Transactions;
  readonly pool: Pool;
  readonly place: (options: PlaceOptions) => Promise<Placed>;
  /** Places and asks the provider. */
  readonly request: (options: PlaceOptions) => Promise<Placed>;
  readonly load: (placed: Placed) => Promise<Payment>;
  /** Waits until the payment has one of the statuses. */
  readonly until: (placed: Placed, ...statuses: string[]) => Promise<Payment>;
  /** Status of order, reservation and stock. */
  readonly state: (placed: Placed) => Promise<{ order: string; reservation: string; onHand: number; reserved: number }>;
  /** Balances of the accounts that are not zero, in sen; debits are positive. */
  readonly balances: (placed: Placed) => Promise<Record<string, string>>;
  readonly events: (placed: Placed) => Promise<string[]>;
  readonly start: (
    workflow: "settle-payment-request" | "expire-payment",
    placed: Placed,
    input?: Readonly<Record<string, string>>,
  ) => Promise<void>;
  /** Lets the payment run out now, with the work that ends it. */
  readonly expire: (placed: Placed) => Promise<void>;
  readonly stop: () => Promise<void>;
}

// Tests with this rig wait for facts of six processes, and a busy machine is slow to bring them about.
jest.setTimeout(120_000);

const logger = pino({ level: process.env.TEST_LOG ?? "silent" });

/** Repeats `check` until it answers something else than undefined. */
export async function eventually<Value>(
  check: () => Promise<Value | undefined>,
  what: string,
  deadlineMs = 60_000,
): Promise<Value> {
  const until = Date.now() + deadlineMs;
  for (;;) {
    const value = await check();
    if (value !== undefined) return value;
    if (Date.now() > until) throw new Error(`${what}: it did not happen in ${deadlineMs} ms`);
    await sleep(50);
  }
}

async function insertCatalogue(pool: Pool, onHand: number, amountMinor: bigint): Promise<string> {
  const [shopId, productId, variantId] = [newId(), newId(), newId()];
  await pool.query("INSERT INTO shop (id, name, district_code, joined_at) VALUES ($1, 'Toko', '317101', now())", [
    shopId,
  ]);
  await pool.query(
    `INSERT INTO product (id, shop_id, title, description, image_url, options, created_at)
     VALUES ($1, $2, 'Kain', 'Kain', 'http://localhost/kain.png', '[]', now())`,
    [productId, shopId],
  );
  await pool.query(
    `INSERT INTO variant (id, product_id, position, sku, selected_options, price_minor, currency, weight_grams)
     VALUES ($1, $2, 0, 'SKU-1', '[]', $3, 'IDR', 100)`,
    [variantId, productId, amountMinor],
  );
  await pool.query("INSERT INTO stock (variant_id, on_hand) VALUES ($1, $2)", [variantId, onHand]);
  return variantId;
}

function placer(pool: Pool, payments: Payments, transactions: Transactions) {
  const work = createDurableWork(() => new Date());
  return async (options: PlaceOptions): Promise<Placed> => {
    const { methodId, amountMinor = 14_900_000n, onHand = 5, ttlSeconds = 900, withWork = false } = options;
    const provider = payments.methods.find((method) => method.id === methodId)?.provider ?? "none";
    const variantId = await insertCatalogue(pool, onHand, amountMinor);
    const { rows } = await pool.query(
      "SELECT shop_id FROM product p JOIN variant v ON v.product_id = p.id WHERE v.id = $1",
      [variantId],
    );
    const [paymentId, orderId] = [newId(), newId()];
    const now = new Date();
    const expiresAt = new Date(now.getTime() + ttlSeconds * 1_000);
    const amount = { amountMinor, currency: "IDR" };
    await transactions.runInTransaction(async (tx) => {
      await tx.payments.insert({
        id: paymentId,
        buyerId: "buyer",
        status: "REQUESTED",
        methodId,
        provider,
        amount,
        instructions: null,
        providerReference: null,
        virtualAccountNo: null,
        expiresAt,
        paidAt: null,
        createdAt: now,
      });
      await tx.orders.insert([
        {
          id: orderId,
          buyerId: "buyer",
          shopId: String(rows[0]?.shop_id),
          paymentId,
          status: "PLACED",
          dispute: "NONE",
          total: amount,
          shippingAddress: {
            recipientName: "Sari",
            phone: "+62811111111",
            street: "Jalan 1",
            districtCode: "317101",
            postalCode: "10110",
          },
          placedAt: now,
          position: 0,
          lines: [
            {
              id: newId(),
              orderId,
              variantId,
              title: "Kain",
              quantity: 1,
              unitPrice: amount,
              discount: { amountMinor: 0n, currency: "IDR" },
              attribution: null,
            },
          ],
        },
      ]);
      await tx.stock.lock([variantId]);
      await tx.stock.reserve([{ id: newId(), orderId, variantId, quantity: 1, expiresAt }]);
      if (!withWork) return;
      const delayMs = ttlSeconds * 1_000;
      await work.startInTx(tx, "expire-payment", `expire-payment:${paymentId}`, { paymentId }, { delayMs });
    });
    return { paymentId, orderId, variantId };
  };
}

function observers(pool: Pool, transactions: Transactions) {
  const load = async ({ paymentId }: Placed): Promise<Payment> => {
    const payment = await transactions.runInTransaction((tx) => tx.payments.load(paymentId));
    if (payment === null) throw new Error(`no payment ${paymentId}`);
    return payment;
  };
  return {
    load,
    until: (placed: Placed, ...statuses: string[]) =>
      eventually(
        async () => {
          const payment = await load(placed);
          return statuses.includes(payment.status) ? payment : undefined;
        },
        `payment ${statuses.join(" or ")}`,
      ),
    state: async ({ orderId, variantId }: Placed) => {
      const { rows } = await pool.query(
        `SELECT o.status::text AS order, r.state::text AS reservation, s.on_hand AS "onHand", s.reserved
         FROM "order" o JOIN reservation r ON r.order_id = o.id JOIN stock s ON s.variant_id = r.variant_id
         WHERE o.id = $1 AND s.variant_id = $2`,
        [orderId, variantId],
      );
      return rows[0];
    },
    balances: async ({ paymentId, orderId }: Placed) => {
      const { rows } = await pool.query(
        `SELECT a.code, sum(e.amount_minor)::text AS balance
         FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id JOIN ledger_transaction t ON t.id = e.transaction_id
         WHERE t.reference = $1 OR regexp_replace(t.reference, '^[a-z-]+ ', '') IN (
           SELECT provider || ':' || reference FROM provider_notification WHERE payment_id = $2
           UNION SELECT provider || ':' || provider_reference FROM payment WHERE id = $2
           UNION SELECT p.provider || ':' || (e.detail ->> 'reference')
                 FROM payment_event e JOIN payment p ON p.id = e.payment_id WHERE p.id = $2)
         GROUP BY a.code HAVING sum(e.amount_minor) <> 0 ORDER BY a.code`,
        [orderId, paymentId],
      );
      return Object.fromEntries(
        rows.map(({ code, balance }) => [String(code).replace(orderId, "<order>"), String(balance)]),
      );
    },
    events: async ({ paymentId }: Placed) => {
      const { rows } = await pool.query("SELECT kind FROM payment_event WHERE payment_id = $1 ORDER BY id", [
        paymentId,
      ]);
      return rows.map((row) => String(row.kind));
    },
  };
}

async function insertDistrict(databaseUrl: string): Promise<void> {
  const owner = new pg.Client({ connectionString: migratorUrlOf(databaseUrl) });
  await owner.connect();
  await owner.query(
    `INSERT INTO district (code, name, regency, province) VALUES ('317101', 'Gambir', 'Jakarta Pusat', 'DKI Jakarta')
     ON CONFLICT DO NOTHING`,
  );
  await owner.end();
}

/** Starts everything; `withWorker` runs the durable work in this process too. */
export async function openPaymentRig(databaseUrl: string, withWorker: boolean): Promise<PaymentRig> {
  await insertDistrict(databaseUrl);
  const providers = await startProviders();
  const database: Database = openDatabase({ url: databaseUrl, maxConnections: 16, statementTimeoutMs: 10_000 }, logger);
  const prisma = new PrismaClient({ adapter: database.adapter });
  const transactions = createTransactions(prisma, newId, () => undefined);
  const payments = composePayments({
    providersFile: providers.providersFile,
    callbackPublicUrl: providers.callbackUrl,
    transactions,
    clock: () => new Date(),
    newId,
    logger,
  });
  const fulfilment = composeFulfilment({
    transactions,
    clock: () => new Date(),
    newId,
    refundRequests: payments.refundRequests,
    autoCompleteSeconds: 2,
  });
  const daily = composeDaily({
    providersFile: providers.providersFile,
    transactions,
    takeLedgerSnapshot: createSnapshotTaker(prisma, newId),
    clock: () => new Date(),
    newId,
    logger,
  });
  const listener = createCallbackListener(payments.callbackRoutes, logger, new Registry());
  await listener.listen(providers.callbackPort);
  const engine = withWorker
    ? await startDurableEngine({
        databaseUrl,
        database,
        transactions,
        workflows: { ...payments.workflows, ...fulfilment.workflows, ...daily.workflows },
        concurrency: 8,
        logger,
      })
    : undefined;
  const work = createDurableWork(() => new Date());
  const start: PaymentRig["start"] = (workflow, { paymentId }, input = {}) =>
    transactions.runInTransaction((tx) =>
      work.startInTx(tx, workflow, `${workflow}:${paymentId}:${newId()}`, { paymentId, ...input }),
    );
  const place = placer(database.pool, payments, transactions);
  return {
    providers,
    payments,
    fulfilment,
    transactions,
    pool: database.pool,
    place,
    request: async (options) => {
      const placed = await place(options);
      await payments.requests.request(placed.paymentId);
      return placed;
    },
    ...observers(database.pool, transactions),
    start,
    expire: async (placed) => {
      await database.pool.query("UPDATE payment SET expires_at = now() - interval '1 second' WHERE id = $1", [
        placed.paymentId,
      ]);
      await start("expire-payment", placed);
    },
    stop: async () => {
      await listener.close();
      await engine?.stop();
      await payments.close();
      await daily.close();
      await prisma.$disconnect();
      await database.close();
      await providers.stop();
    },
  };
}
