import { type FastifyInstance, fastify } from "fastify";
import type { Registry } from "prom-client";
import { openDatabase } from "../../platform/runtime/database.ts";
import { newId } from "../../platform/runtime/ids.ts";
import { createLogger } from "../../platform/runtime/logger.ts";
import { createMetrics, statementCounter } from "../../platform/runtime/metrics.ts";
import { runMain, type Shutdown } from "../../platform/runtime/shutdown.ts";
import { composeDaily } from "./composition/daily.ts";
import { keepStartingDays } from "./composition/daily-start.ts";
import { keepIssuingDocuments } from "./composition/documents.ts";
import { composeEvents, type EventParts, type EventSettings } from "./composition/events.ts";
import { composeFulfilment } from "./composition/fulfilment.ts";
import { composePayments } from "./composition/payments.ts";
import { composeCouriers } from "./composition/shipping.ts";
import { createDocumentBook } from "./store/document-book.ts";
import { exposeDueDocuments } from "./store/document-overview.ts";
import { startDurableEngine } from "./store/durable/engine.ts";
import { startMissingDeadlines } from "./store/durable/missing-deadlines.ts";
import { exposeRunOverview } from "./store/durable/run-overview.ts";
import { createDurableWork } from "./store/durable/start-in-tx.ts";
import { exposeMoneyExceptions } from "./store/exception-overview.ts";
import { keepForgetting } from "./store/retention.ts";
import { createSettlementBook } from "./store/settlement-book.ts";
import { keepReconciling } from "./store/settlement-schedule.ts";
import { createStore } from "./store/store.ts";
import { readWorkerConfig } from "./worker-config.ts";

function createProbes(isReady: () => Promise<boolean>, metrics: Registry): FastifyInstance {
  const http = fastify({ forceCloseConnections: "idle" });
  http.get("/health/live", async () => ({ status: "live" }));
  http.get("/health/ready", async (_request, reply) => {
    if (await isReady()) return { status: "ready" };
    return reply.code(503).send({ status: "not ready", reason: "the database does not answer" });
  });
  http.get("/metrics", async (_request, reply) => reply.type(metrics.contentType).send(await metrics.metrics()));
  return http;
}

/** Starts sending events, when it is known to whom. */
function startRelay(events: EventSettings | null, parts: EventParts, shutdown: Shutdown): void {
  if (events === null) {
    parts.logger.warn("COMMERCE_EVENTS_URL is not set: what the storefront should be told stays in the outbox");
    return;
  }
  const { relay, close } = composeEvents(events, parts);
  shutdown.add("connection to the storefront", close);
  shutdown.add("event relay", relay.start());
}

const logger = createLogger("commerce-worker");
const clock = (): Date => new Date();

// Commerce's worker: runs durable work. Several may run at once; each takes over the work of those that die.
runMain(logger, async (shutdown) => {
  const config = readWorkerConfig(process.env);
  const metrics = createMetrics("commerce-worker");
  const settings = { url: config.databaseUrl, maxConnections: config.concurrency + 4, statementTimeoutMs: 15_000 };
  const database = openDatabase(settings, logger, statementCounter(metrics));
  shutdown.add("database", database.close);
  const store = createStore(database, newId, logger);
  shutdown.add("store", store.close);
  const { transactions } = store;
  const payments = composePayments({ ...config, transactions, clock, newId, logger });
  shutdown.add("connections to providers", payments.close);
  const { couriers, ...shipping } = composeCouriers({ ...config, logger });
  shutdown.add("connections to couriers", shipping.close);
  const fulfilment = composeFulfilment({
    ...config,
    transactions,
    clock,
    newId,
    refundRequests: payments.refundRequests,
    couriers,
  });
  const daily = composeDaily({ ...config, ...store, clock, newId, logger });
  shutdown.add("connections to the bank", daily.close);
  const engine = await startDurableEngine({
    databaseUrl: config.databaseUrl,
    database,
    transactions,
    workflows: { ...payments.workflows, ...fulfilment.workflows, ...daily.workflows },
    concurrency: config.concurrency,
    logger,
  });
  shutdown.add("durable engine", engine.stop);
  const deadlines = await startMissingDeadlines(database.pool);
  if (deadlines > 0) logger.info({ deadlines }, "timers are started for orders that had none");
  exposeRunOverview(database.pool, metrics);
  startRelay(config.events, { pool: database.pool, clock, random: Math.random, logger, metrics }, shutdown);
  exposeMoneyExceptions(database.pool, metrics);
  const { settlingProviders: providers } = payments;
  const work = createDurableWork(clock);
  shutdown.add(
    "reconciliation",
    keepReconciling({ providers, book: createSettlementBook(), transactions, work, clock, logger }),
  );
  shutdown.add("days", keepStartingDays({ transactions, work }, clock, logger));
  const issuing = { transactions, documents: createDocumentBook(), methods: payments.methods, newId, clock };
  shutdown.add("documents", keepIssuingDocuments(issuing, logger));
  exposeDueDocuments(database.pool, metrics);
  shutdown.add("retention", keepForgetting(database.pool, config, clock, logger));
  const probes = createProbes(async () => engine.isReady() && (await database.isReady()), metrics);
  shutdown.add("probes", () => probes.close());
  await probes.listen({ port: config.port, host: process.env.HOST ?? "127.0.0.1" });
  logger.info({ port: config.port, executorId: engine.executorId }, "ready");
});
