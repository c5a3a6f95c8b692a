import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import type { Counter } from "prom-client";
import type { Logger } from "./logger.ts";

/** A pool of connections to an organisation's database, as its run-time role. */
export interface Database {
  /** For Prisma's client: `new PrismaClient({ adapter: database.adapter })`. */
  readonly adapter: PrismaPg;
  /** For SQL that Prisma has no words for, and for readiness. */
  readonly pool: pg.Pool;
  /** Whether the database answers within a second. */
  readonly isReady: () => Promise<boolean>;
  /** Gives all connections back. */
  readonly close: () => Promise<void>;
}

/** What a pool needs to know. */
export interface DatabaseSettings {
  /** A postgresql:// URL. */
  readonly url: string;
  /** Most connections held. */
  readonly maxConnections: number;
  /** Longest a statement may run on the server, in milliseconds. */
  readonly statementTimeoutMs: number;
}

function countStatements(pool: pg.Pool, counter: Counter): void {
  // Every statement passes Client.query, whoever sends it; the pool hands out the clients once each.
  pool.on("connect", (client) => {
    const send = client.query.bind(client) as (...args: unknown[]) => unknown;
    const counted = (...args: unknown[]): unknown => {
      counter.inc();
      return send(...args);
    };
    client.query = counted as typeof client.query;
  });
}

/**
 * Opens a pool. A connection that dies while idle (PostgreSQL restarted) is logged and replaced, never fatal.
 * `statements` counts what is sent, so that tests can hold the number per operation constant.
 */
export function openDatabase(settings: DatabaseSettings, logger: Logger, statements?: Counter): Database {
  const pool = new pg.Pool({
    connectionString: settings.url,
    max: settings.maxConnections,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: settings.statementTimeoutMs,
    application_name: logger.bindings().name as string | undefined,
  });
  // The driver hangs its whole connection on the error; the log needs only why.
  const onError = (error: Error & { code?: string }): void =>
    logger.warn({ code: error.code, reason: error.message }, "a database connection was lost; it will be replaced");
  pool.on("error", onError);
  pool.on("connect", (client) => void client.on("error", onError));
  if (statements !== undefined) countStatements(pool, statements);

  async function isReady(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(resolve, 1_000, false);
    });
    try {
      return await Promise.race([pool.query("SELECT 1").then(() => true), late]);
    } catch {
      return false;
    } finally {
      clearTimeout(timer);
    }
  }
  return {
    adapter: new PrismaPg(pool, { disposeExternalPool: false, onPoolError: onError }),
    pool,
    isReady,
    close: () => pool.end(),
  };
}
