import type { Pool, PoolClient } from "pg";

// One table, `outbox_event`, in the database of each organisation that tells others something. Its columns are the same
// everywhere (prisma/commerce has them); this file alone knows its SQL. Only the head of an aggregate's queue has a `due_at`:
// followers wait until the head is delivered or dead, so that nothing overtakes within an aggregate.

/** An event to be sent: what its text is, is known once it has its place. */
export interface NewLetter {
  /** UUIDv7; the same at every attempt. */
  readonly id: string;
  /** What the event is about: events of one aggregate are sent one after the other. */
  readonly aggregate: string;
  /** For operators and metrics, as `price-changed.v1`. */
  readonly name: string;
  /** The exact text that is sent and signed. `sequence` rises within an aggregate; gaps mean nothing. */
  readonly body: (sequence: number) => string;
}

/** Runs SQL with numbered parameters in the transaction of the state that the event is about. */
export type RunSql = (sql: string, values: readonly unknown[]) => Promise<readonly Record<string, unknown>[]>;

// Two transactions that tell of one aggregate come one after the other, so that sequences rise in the order of commits. The
// caller sorts, so that nobody waits in a circle.
const lockSql = `SELECT pg_advisory_xact_lock(hashtextextended('outbox ' || name, 0))::text AS lock
  FROM unnest($1::text[]) AS name`;

const sequenceSql = "SELECT nextval('outbox_event_position_seq')::text AS position FROM generate_series(1, $1::int)";

const insertSql = `INSERT INTO outbox_event (id, position, aggregate, name, body, created_at, due_at)
  SELECT letter.id, letter.position, letter.aggregate, letter.name, letter.body, now(),
    CASE WHEN row_number() OVER (PARTITION BY letter.aggregate ORDER BY letter.position) = 1 AND NOT EXISTS (
      SELECT FROM outbox_event e WHERE e.aggregate = letter.aggregate AND e.delivered_at IS NULL AND e.dead_at IS NULL)
    THEN now() END
  FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[])
    AS letter (id, position, aggregate, name, body)`;

const claimSql = `WITH picked AS (
    SELECT id FROM outbox_event WHERE due_at <= now() ORDER BY due_at, position LIMIT $3 FOR UPDATE SKIP LOCKED)
  UPDATE outbox_event e SET claim_id = $1::uuid, due_at = now() + $2::int * interval '1 millisecond',
    attempts = attempts + 1, first_attempt_at = coalesce(first_attempt_at, now())
  FROM picked WHERE e.id = picked.id
  RETURNING e.id, e.aggregate, e.name, e.body, e.attempts,
    (extract(epoch FROM now() - e.first_attempt_at) * 1000)::float8 AS "triedForMs"`;

// Who lost the claim because its lease ran out changes nothing: somebody else has the letter.
const settleSql = `UPDATE outbox_event e SET claim_id = NULL, last_fault = letter.fault,
    delivered_at = CASE letter.outcome WHEN 'delivered' THEN now() END,
    dead_at = CASE letter.outcome WHEN 'dead' THEN now() END,
    due_at = CASE letter.outcome WHEN 'retry' THEN now() + letter.delay_ms * interval '1 millisecond' END
  FROM unnest($2::uuid[], $3::text[], $4::int[], $5::text[]) AS letter (id, outcome, delay_ms, fault)
  WHERE e.id = letter.id AND e.claim_id = $1::uuid`;

const wakeSql = `UPDATE outbox_event e SET due_at = now()
  FROM unnest($1::text[]) AS settled (aggregate) CROSS JOIN LATERAL (
    SELECT id FROM outbox_event queued
    WHERE queued.aggregate = settled.aggregate AND queued.delivered_at IS NULL AND queued.dead_at IS NULL
    ORDER BY queued.position LIMIT 1) AS head
  WHERE e.id = head.id AND e.due_at IS NULL`;

function sortedAggregates(letters: readonly { readonly aggregate: string }[]): string[] {
  return [...new Set(letters.map(({ aggregate }) => aggregate))].sort();
}

/**
 * Waits until no other transaction tells of these aggregates; statements after it see what those have committed. Held until
 * the transaction ends, and taken after every row lock.
 */
export async function lockAggregates(run: RunSql, aggregates: readonly string[]): Promise<void> {
  await run(lockSql, [[...new Set(aggregates)].sort()]);
}

/** Puts events into the outbox in the caller's transaction, in their order: three statements, however many there are. */
export async function appendToOutbox(run: RunSql, letters: readonly NewLetter[]): Promise<void> {
  if (letters.length === 0) return;
  await lockAggregates(run, sortedAggregates(letters));
  const positions = (await run(sequenceSql, [letters.length])).map(({ position }) => String(position));
  await run(insertSql, [
    letters.map(({ id }) => id),
    positions,
    letters.map(({ aggregate }) => aggregate),
    letters.map(({ name }) => name),
    letters.map(({ body }, index) => body(Number(positions[index]))),
  ]);
}

/** An event that a relay has claimed. */
export interface Letter {
  readonly id: string;
  readonly aggregate: string;
  readonly name: string;
  readonly body: string;
  /** This one included, from 1. */
  readonly attempts: number;
  /** How long ago the first attempt was made. */
  readonly triedForMs: number;
}

/** Claims up to `most` events that are due, for as long as the lease lasts. Claims by others are passed over. */
export async function claimLetters(pool: Pool, claimId: string, leaseMs: number, most: number): Promise<Letter[]> {
  return (await pool.query<Letter>(claimSql, [claimId, leaseMs, most])).rows;
}

/** What becomes of a claimed event. */
export interface Settlement {
  readonly letter: Letter;
  readonly outcome: "delivered" | "retry" | "dead";
  /** Time until the next attempt, for a retry. */
  readonly delayMs: number;
  /** Why it was not delivered; null when it was. */
  readonly fault: string | null;
}

async function inTransaction(pool: Pool, work: (client: PoolClient) => Promise<void>): Promise<void> {
  const client = await pool.connect();
  let isBroken = false;
  try {
    await client.query("BEGIN");
    await work(client);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {
      isBroken = true;
    });
    throw error;
  } finally {
    client.release(isBroken);
  }
}

/** Writes down what became of claimed events and makes their followers due: five statements, however many there are. */
export async function settleLetters(pool: Pool, claimId: string, settled: readonly Settlement[]): Promise<void> {
  const aggregates = sortedAggregates(settled.map(({ letter }) => letter));
  await inTransaction(pool, async (client) => {
    // Who adds a follower holds the same lock: it is seen here, or sees that the head is gone.
    await client.query(lockSql, [aggregates]);
    await client.query(settleSql, [
      claimId,
      settled.map(({ letter }) => letter.id),
      settled.map(({ outcome }) => outcome),
      settled.map(({ delayMs }) => delayMs),
      settled.map(({ fault }) => fault),
    ]);
    await client.query(wakeSql, [aggregates]);
  });
}

/** An event that is sent no more until an operator says so. */
export interface DeadLetter {
  readonly id: string;
  readonly aggregate: string;
  readonly name: string;
  readonly attempts: number;
  readonly createdAt: Date;
  readonly deadAt: Date;
  readonly lastFault: string;
}

/** Dead letters, those that died first before the others. */
export async function readDeadLetters(pool: Pool, most: number): Promise<DeadLetter[]> {
  const { rows } = await pool.query<DeadLetter>(
    `SELECT id, aggregate, name, attempts, created_at AS "createdAt", dead_at AS "deadAt", last_fault AS "lastFault"
     FROM outbox_event WHERE dead_at IS NOT NULL ORDER BY dead_at, position LIMIT $1`,
    [most],
  );
  return rows;
}

/**
 * Sends dead letters again, all or those of the ids; answers how many. Each comes after what overtook it: receivers go by
 * `sequence`, not by arrival.
 */
export async function replayDeadLetters(pool: Pool, ids: readonly string[] | "all"): Promise<number> {
  const { rowCount } = await pool.query(
    `UPDATE outbox_event SET dead_at = NULL, due_at = now(), attempts = 0, first_attempt_at = NULL
     WHERE dead_at IS NOT NULL AND ($1::uuid[] IS NULL OR id = ANY($1::uuid[]))`,
    [ids === "all" ? null : ids],
  );
  return rowCount ?? 0;
}

/** Forgets events that were delivered more than `days` ago; dead letters stay. Answers how many. */
export async function forgetDelivered(pool: Pool, days: number): Promise<number> {
  const { rowCount } = await pool.query(
    "DELETE FROM outbox_event WHERE delivered_at < now() - $1::int * interval '1 day'",
    [days],
  );
  return rowCount ?? 0;
}
