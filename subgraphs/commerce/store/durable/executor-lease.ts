import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { Logger } from "../../../../platform/runtime/logger.ts";

/** The name under which a process runs workflows, held alive by a session's advisory lock. */
export interface ExecutorLease {
  /** Whether the lock is held now. */
  readonly isHeld: () => boolean;
  readonly release: () => Promise<void>;
}

/** SQL of the lock's key; `$1` is the executor's id. */
export const leaseKeySql = "hashtextextended('commerce executor ' || $1, 0)";

const retryMs = 250;

async function connect(url: string, executorId: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    application_name: `commerce executor ${executorId}`,
  });
  client.on("error", () => undefined);
  await client.connect();
  try {
    // A host that vanished without a word is found dead within seconds, not hours.
    await client.query("SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3");
    await client.query(`SELECT pg_advisory_lock(${leaseKeySql})`, [executorId]);
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

/**
 * Holds the lease of an executor on a connection of its own (direct: a transaction-mode pooler would lose the lock). When
 * the connection is lost it is made again; peers take the executor for dead only after they have missed it twice.
 */
export async function holdExecutorLease(url: string, executorId: string, logger: Logger): Promise<ExecutorLease> {
  const stop = new AbortController();
  let client = await connect(url, executorId);
  let isHeld = true;

  function watch(watched: pg.Client): void {
    watched.once("end", () => {
      isHeld = false;
      if (!stop.signal.aborted) void reconnect();
    });
  }

  async function reconnect(): Promise<void> {
    logger.warn({ executorId }, "the executor's lease was lost with its connection; taking it again");
    while (!stop.signal.aborted) {
      try {
        client = await connect(url, executorId);
        isHeld = true;
        watch(client);
        if (stop.signal.aborted) await client.end();
        return;
      } catch (error) {
        logger.debug({ err: error }, "the lease could not be taken yet");
        await sleep(retryMs, undefined, { signal: stop.signal }).catch(() => undefined);
      }
    }
  }

  watch(client);
  return {
    isHeld: () => isHeld,
    release: async () => {
      stop.abort();
      isHeld = false;
      await client.end().catch(() => undefined);
    },
  };
}
