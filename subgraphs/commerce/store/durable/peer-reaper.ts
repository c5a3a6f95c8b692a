import { setTimeout as sleep } from "node:timers/promises";
import type { Pool, PoolClient } from "pg";
import type { Logger } from "../../../../platform/runtime/logger.ts";
import { leaseKeySql } from "./executor-lease.ts";
import { durableApplication } from "./schema.ts";

/** Looks after the work of executors that died. */
export interface PeerReaper {
  /** One look; `run` does it again and again. */
  readonly look: () => Promise<void>;
  readonly run: (stop: AbortSignal) => Promise<void>;
}

/** What a reaper needs. */
export interface PeerReaperSettings {
  readonly pool: Pool;
  readonly executorId: string;
  /** Gives the runs of a dead executor back to the queue; answers how many. */
  readonly takeOver: (executorId: string) => Promise<number>;
  readonly logger: Logger;
}

const everyMs = 1_000;
// Time for an executor whose connection broke to take its lease again.
const missedLooksUntilDead = 3;

/** Whether nobody holds the lease of an executor: its process is gone, or has lost its connection. */
export async function isLeaseFree(client: PoolClient, executorId: string): Promise<boolean> {
  const taken = await client.query(`SELECT pg_try_advisory_lock(${leaseKeySql}) AS "isFree"`, [executorId]);
  if (taken.rows[0]?.isFree !== true) return false;
  await client.query(`SELECT pg_advisory_unlock(${leaseKeySql})`, [executorId]);
  return true;
}

/** Finds executors with runs under way whose lease is free for several looks, and has their runs taken over. */
export function createPeerReaper({ pool, executorId, takeOver, logger }: PeerReaperSettings): PeerReaper {
  const missed = new Map<string, number>();

  async function findMissing(): Promise<Set<string>> {
    const client = await pool.connect();
    try {
      const { rows } = await client.query<{ peer: string }>(
        `SELECT DISTINCT executor_id AS peer FROM durable.workflow_status
         WHERE status = 'PENDING' AND application_name = $1 AND executor_id <> $2`,
        [durableApplication, executorId],
      );
      const free = new Set<string>();
      for (const { peer } of rows) if (await isLeaseFree(client, peer)) free.add(peer);
      return free;
    } finally {
      client.release();
    }
  }

  async function look(): Promise<void> {
    const missing = await findMissing();
    for (const peer of missed.keys()) if (!missing.has(peer)) missed.delete(peer);
    for (const peer of missing) {
      const looks = (missed.get(peer) ?? 0) + 1;
      missed.set(peer, looks);
      if (looks < missedLooksUntilDead) continue;
      const runs = await takeOver(peer);
      missed.delete(peer);
      logger.warn({ peer, runs }, "an executor is gone; its runs are taken over");
    }
  }

  async function run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      try {
        await look();
      } catch (error) {
        logger.warn({ err: error }, "could not look for dead executors; trying again");
      }
      await sleep(everyMs, undefined, { signal: stop }).catch(() => undefined);
    }
  }
  return { look, run };
}
