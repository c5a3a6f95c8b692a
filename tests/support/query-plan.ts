/**
 * Whether statements find their rows by an index.
 *
 *     const statements = await recordStatements(pool, () => store.ledger.balances(["bank:escrow"]));
 *     expect(await scansWithoutIndex(database.superuserUrl, statements)).toEqual([]);
 *
 * Plans are made as if every table had some hundred thousand rows, and without the joins that read both sides whole: what is
 * scanned all the same has no index to offer. An index that is read from one end to the other is no better, unless a page of
 * it is all that is wanted. A table without a row tells nothing: put one in.
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

// What must have all rows before it answers the first one.
const needsAll = ["Sort", "Aggregate", "Hash", "Hash Join", "Materialize", "WindowAgg", "Bitmap Heap Scan"];

function isWholeTable(node: PlanNode, isPage: boolean): boolean {
  if (node["Node Type"] === "Seq Scan") return true;
  return /^Index (Only )?Scan$/.test(node["Node Type"]) && node["Index Cond"] === undefined && !isPage;
}

function* scansOf(node: PlanNode, isPage = false): Generator<string> {
  const relation = node["Relation Name"];
  if (relation !== undefined && isWholeTable(node, isPage)) yield relation;
  const type = node["Node Type"];
  const isPageBelow = type === "Limit" || (isPage && !needsAll.includes(type));
  for (const inner of node.Plans ?? []) yield* scansOf(inner, isPageBelow);
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
    const found: string[] = [];
    for (const { sql, values } of statements) {
      const { rows } = await client.query(`EXPLAIN (FORMAT JSON) ${sql}`, [...values]);
      const [{ Plan: plan }] = rows[0]["QUERY PLAN"] as [{ Plan: PlanNode }];
      for (const table of scansOf(plan)) found.push(`${table} in ${sql.replaceAll(/\s+/g, " ").trim()}`);
    }
    return found;
  } finally {
    await client.end();
  }
}
