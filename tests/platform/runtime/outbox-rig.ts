import type { Pool } from "pg";
import { pino } from "pino";
import { Registry } from "prom-client";
import { openDatabase } from "../../../platform/runtime/database.ts";
import { newId } from "../../../platform/runtime/ids.ts";
import { statementCounter } from "../../../platform/runtime/metrics.ts";
import { appendToOutbox, type Letter } from "../../../platform/runtime/outbox.ts";
import {
  createOutboxRelay,
  type Delivery,
  type OutboxRelay,
  type RelayPolicy,
} from "../../../platform/runtime/outbox-relay.ts";

/** What a letter of these tests says. */
export interface Told {
  readonly aggregate: string;
  readonly sequence: number;
  readonly word: string;
}

/** An outbox in a real database, with relays whose receiver is the test. */
export interface OutboxRig {
  readonly pool: Pool;
  /** How many SQL statements were sent so far. */
  readonly statements: () => Promise<number>;
  /** Appends in one transaction, in order; `before` runs in it ahead of the commit. Answers the ids. */
  readonly tell: (
    letters: readonly { readonly aggregate: string; readonly word: string }[],
    before?: () => Promise<unknown>,
  ) => Promise<string[]>;
  readonly relay: (
    deliver: (told: Told, letter: Letter) => Promise<Delivery>,
    policy?: Partial<RelayPolicy>,
  ) => OutboxRelay & { readonly metrics: Registry };
  readonly close: () => Promise<void>;
}

/** Opens a rig on a database that has the table. */
export function openOutbox(url: string): OutboxRig {
  const logger = pino({ level: "silent" });
  const counter = statementCounter(new Registry());
  const database = openDatabase({ url, maxConnections: 10, statementTimeoutMs: 20_000 }, logger, counter);
  const { pool } = database;
  return {
    pool,
    statements: async () => (await counter.get()).values[0]?.value ?? 0,
    tell: async (letters, before) => {
      const client = await pool.connect();
      const ids = letters.map(() => newId());
      try {
        await client.query("BEGIN");
        await appendToOutbox(
          async (sql, values) => (await client.query(sql, [...values])).rows,
          letters.map(({ aggregate, word }, index) => ({
            id: ids[index] ?? "",
            aggregate,
            name: "word-said.v1",
            body: (sequence) => JSON.stringify({ aggregate, sequence, word }),
          })),
        );
        await before?.();
        await client.query("COMMIT");
        return ids;
      } catch (error) {
        await client.query("ROLLBACK");
        throw error;
      } finally {
        client.release();
      }
    },
    relay: (deliver, policy = {}) => {
      const metrics = new Registry();
      const relay = createOutboxRelay({
        pool,
        deliver: (letter) => deliver(JSON.parse(letter.body) as Told, letter),
        random: () => 0.5,
        logger,
        metrics,
        policy: { idleMs: 5, firstRetryMs: 1, longestRetryMs: 1, ...policy },
      });
      return { ...relay, metrics };
    },
    close: database.close,
  };
}
