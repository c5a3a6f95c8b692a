import type { Registry } from "prom-client";
import { type Database, openDatabase } from "../../platform/runtime/database.ts";
import { newId } from "../../platform/runtime/ids.ts";
import type { Logger } from "../../platform/runtime/logger.ts";
import { createMetrics, statementCounter } from "../../platform/runtime/metrics.ts";
import type { StateSettings } from "../../platform/runtime/streams/state-streams.ts";
import type { NewId } from "../../platform/values/ids.ts";
import type { Clock } from "../../platform/values/instants.ts";
import type { DurableWork } from "./domain/ports.ts";
import { createDurableWork } from "./store/durable/start-in-tx.ts";
import { type Live, openLive } from "./store/live/live-states.ts";
import { createStore, type Store } from "./store/store.ts";

/** What commerce's processes are built from: database, store, streams, clock. */
export interface CommerceParts {
  readonly database: Database;
  readonly store: Store;
  readonly live: Live;
  readonly work: DurableWork;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly logger: Logger;
  readonly metrics: Registry;
  /** Gives the database's connections back. */
  readonly close: () => Promise<void>;
}

/** Where the state is and who opens it. */
export interface PartSettings {
  /** Name of the process in metrics, as `commerce` or `commerce-worker`. */
  readonly service: string;
  readonly databaseUrl: string;
  readonly databaseMaxConnections: number;
  /** A direct connection for wake-ups, where `databaseUrl` leads to a transaction-mode pooler; the same unless given. */
  readonly listenDatabaseUrl?: string;
  /** How patient streams are; as usual unless given. */
  readonly states?: Partial<StateSettings>;
}

const statementTimeoutMs = 10_000;

/** Opens the parts of a commerce process. The clock is a parameter for tests alone. */
export function openParts(settings: PartSettings, logger: Logger, clock: Clock = () => new Date()): CommerceParts {
  const metrics = createMetrics(settings.service);
  const database = openDatabase(
    { url: settings.databaseUrl, maxConnections: settings.databaseMaxConnections, statementTimeoutMs },
    logger,
    statementCounter(metrics),
  );
  const store = createStore(database, newId, logger);
  const { databaseUrl, listenDatabaseUrl = databaseUrl, states = {} } = settings;
  const live = openLive({ listenUrl: listenDatabaseUrl, reads: store, logger, states });
  return {
    database,
    store,
    live,
    work: createDurableWork(clock),
    clock,
    newId,
    logger,
    metrics,
    close: async () => {
      await live.close();
      await store.close();
      await database.close();
    },
  };
}
