/**
 * Whether statements find their rows by an index.
 *
 *     const statements = await recordStatements(pool, () => store.ledger.balances(["bank:escrow"]));
 *     expect(await scansWithoutIndex(database.superuserUrl, statements)).toEqual([]);
 *
 * Plans are made as if every table had some hundred thousand rows, and without the joins that read both sides whole: what is
 * scanned all the same has no index to offer. An index that is read from one end to the other is not told
 * apart. A table without a row tells nothing and is left out: put one in.
 */
import pg from "pg";

/** A statement as it was sent. */
export interface SentStatement {
  readonly sql: string;
  readonly values: readonly unknown[];
}

interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly Plans?: readonly PlanNode[];
}

type Send = (...args: unknown[]) => unknown;

function readStatement([first, second]: readonly unknown[]): SentStatement {
  if (typeof first === "string") return { sql: first, values: Array.isArray(second) ? second : [] };
  const { text, values } = first as { text: string; values?: unknown[] };
  return { sql: text, values: values ?? (Array.isArray(second) ? second : []) };
}

/** Runs work and answers the statements that it sent through the pool, without those that only control transactions. */
export async function recordStatements(pool: pg.Pool, work: () => Promise<unknown>): Promise<SentStatement[]> {
  const sent: SentStatement[] = [];
  const originals = new Map<pg.PoolClient, Send>();
  function listen(client: pg.PoolClient): void {
    if (originals.has(client)) return;
    const send = client.query.bind(client) as Send;
    originals.set(client, client.query as Send);
    client.query = ((...args: unknown[]) => {
      sent.push(readStatement(args));
      return send(...args);
    }) as typeof client.query;
  }
  pool.on("acquire", listen);
  try {
    await work();
  } finally {
    pool.off("acquire", listen);
    for (const [client, send] of originals) client.query = send as typeof client.query;
  }
  return sent.filter(({ sql }) => /^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b/i.test(sql));
}

function* scansOf(node: PlanNode): Generator<string> {
  if (node["Node Type"] === "Seq Scan" && node["Relation Name"] !== undefined) yield node["Relation Name"];
  for (const inner of node.Plans ?? []) yield* scansOf(inner);
}

/** Answers `<table> in <statement>` for each table that a statement can only read from one end to the other. */
export async function scansWithoutIndex(url: string, statements: readonly SentStatement[]): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    // Rolled back with the connection. The planner multiplies what a page is said to hold by the pages that there are.
    await client.query("BEGIN");
    await client.query("ANALYZE");
    await client.query(
      `UPDATE pg_class SET relpages = 1, reltuples = 100000
       WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')`,
    );
    for (const way of ["seqscan", "hashjoin", "mergejoin"]) await client.query(`SET LOCAL enable_${way} = off`);
    const { rows: empty } = await client.query<{ relname: string }>(
      `SELECT relname FROM pg_class
       WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) = 0`,
    );
    const toldNothing = new Set(empty.map(({ relname }) => relname));
    const found: string[] = [];
    for (const { sql, values } of statements) {
      const { rows } = await client.query(`EXPLAIN (FORMAT JSON) ${sql}`, [...values]);
      const [{ Plan: plan }] = rows[0]["QUERY PLAN"] as [{ Plan: PlanNode }];
      for (const table of scansOf(plan)) {
        if (!toldNothing.has(table)) found.push(`${table} in ${sql.replaceAll(/\s+/g, " ").trim()}`);
      }
    }
    return found;
  } finally {
    await client.end();
  }
}
