/**
 * Whether statements find their rows by an index.
 *
 *     const statements = await recordStatements(pool, () => store.ledger.balances(["bank:escrow"]));
 *     expect(await scansWithoutIndex(database.superuserUrl, statements)).toEqual([]);
 *
 * Plans are made with sequential scans discouraged, as they are on tables of real size; what is scanned all the same has
 * no index to offer.
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
  readonly "Index Cond"?: string;
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

// What must have all rows before it answers the first one.
const needsAll = ["Sort", "Aggregate", "Hash", "Hash Join", "Materialize", "WindowAgg", "Bitmap Heap Scan"];

/** Tables of which a plan reads all rows, by an index or not; a page of an index's first rows is not all of it. */
function* wholeReadsOf(node: PlanNode, isPage = false): Generator<string> {
  const { "Node Type": type, "Relation Name": table, "Index Cond": condition } = node;
  const isWholeIndex = /^Index (Only )?Scan$/.test(type) && condition === undefined && !isPage;
  if (table !== undefined && (type === "Seq Scan" || isWholeIndex)) yield table;
  const isPageBelow = type === "Limit" || (isPage && !needsAll.includes(type));
  for (const inner of node.Plans ?? []) yield* wholeReadsOf(inner, isPageBelow);
}

async function explain(
  url: string,
  statements: readonly SentStatement[],
  prepare: readonly string[],
  findingsOf: (plan: PlanNode) => Iterable<string>,
): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    // Rolled back with the connection.
    await client.query("BEGIN");
    for (const sql of prepare) await client.query(sql);
    const found: string[] = [];
    for (const { sql, values } of statements) {
      const { rows } = await client.query(`EXPLAIN (FORMAT JSON) ${sql}`, [...values]);
      const [{ Plan: plan }] = rows[0]["QUERY PLAN"] as [{ Plan: PlanNode }];
      for (const table of findingsOf(plan)) found.push(`${table} in ${sql.replaceAll(/\s+/g, " ").trim()}`);
    }
    return found;
  } finally {
    await client.end();
  }
}

/** Answers `<table> in <statement>` for each table that a statement can only read from one end to the other. */
export function scansWithoutIndex(url: string, statements: readonly SentStatement[]): Promise<string[]> {
  return explain(url, statements, ["SET LOCAL enable_seqscan = off"], scansOf);
}

// As if each table had a hundred thousand rows with the statistics of those that it has (the planner multiplies what a page is
// said to hold by the pages that there are), without the joins that read both sides whole, and counting the rows that are
// touched more than the few pages that these tables have them on.
const asIfLarge = [
  "ANALYZE",
  `UPDATE pg_class SET relpages = 1, reltuples = 100000
   WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')`,
  ...["seqscan", "hashjoin", "mergejoin"].map((way) => `SET LOCAL enable_${way} = off`),
  ...["cpu_tuple_cost", "cpu_index_tuple_cost"].map((cost) => `SET LOCAL ${cost} = 1`),
];

/**
 * As `scansWithoutIndex`, and stricter: an index that is read from one end to the other is no better than none, unless a page
 * of it is all that is wanted. Tables without rows, or with those of one parent alone, tell nothing: put some in.
 */
export function wholeReads(url: string, statements: readonly SentStatement[]): Promise<string[]> {
  return explain(url, statements, asIfLarge, wholeReadsOf);
}
