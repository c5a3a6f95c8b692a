import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { assortmentOf, buyerOf } from "./assortment.ts";
import type { CheckoutFact, Facts } from "./check.ts";
import type { Diary } from "./progress.ts";
import type { ProviderClient } from "./provider-client.ts";
import type { StormSettings } from "./settings.ts";
import type { World } from "./world.ts";

// Workflows of the day have their own time: what they wait for is no checkout.
const daily = "('reconcile-settlement', 'pay-out-batch', 'pay-out', 'close-ledger-day')";

const unfinishedSql = `
  SELECT count(*) || ' payments are ' || status AS said FROM payment
    WHERE status IN ('REQUESTED', 'AWAITING_PAYMENT', 'UNKNOWN') GROUP BY status
  UNION ALL SELECT count(*) || ' refunds are REQUESTED' FROM refund WHERE state = 'REQUESTED' HAVING count(*) > 0
  UNION ALL SELECT count(*) || ' notifications are not applied' FROM provider_notification
    WHERE applied_at IS NULL HAVING count(*) > 0
  UNION ALL SELECT count(*) || ' events are not delivered, of which dead: ' || count(dead_at) FROM outbox_event
    WHERE delivered_at IS NULL HAVING count(*) > 0
  UNION ALL SELECT count(*) || ' runs of ' || name || ' are ' || status || ', as ' || min(workflow_uuid)
    FROM durable.workflow_status
    WHERE status NOT IN ('SUCCESS', 'ERROR') AND name NOT IN ${daily}
      AND NOT (name = 'order-deadline' AND status = 'DELAYED') GROUP BY name, status
  UNION ALL SELECT count(*) || ' runs of ' || name || ' have failed for good, as ' || min(workflow_uuid)
    FROM durable.workflow_status
    WHERE status = 'ERROR' AND name NOT IN ${daily} AND name <> 'refund-late-money' GROUP BY name`;

async function unfinishedOf(client: pg.ClientBase | pg.Pool, providers: ProviderClient): Promise<string[]> {
  const { rows } = await client.query<{ said: string }>(unfinishedSql);
  const { owed } = await providers.books();
  return [...rows.map(({ said }) => said), ...(owed > 0 ? [`providers still owe ${owed} notifications`] : [])];
}

/** Waits until nothing is unknown any more; at the latest until the time is over. Answers in how many ms. */
export async function converge(url: string, providers: ProviderClient, withinMs: number, say: (text: string) => void) {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  pool.on("error", () => undefined);
  const startedAt = Date.now();
  for (let round = 0; Date.now() - startedAt < withinMs; round += 1) {
    const left = await unfinishedOf(pool, providers);
    if (left.length === 0) break;
    if (round % 10 === 9) say(`waiting: ${left.join("; ")}`);
    await sleep(1_000);
  }
  await pool.end();
  return Date.now() - startedAt;
}

function checkoutsOf(diary: Diary): CheckoutFact[] {
  const told = new Set(diary.of("told-paid").map(({ n }) => n));
  const answers = new Map(diary.of("answered").map((entry) => [entry.n, entry]));
  return [...answers.values()].map(({ n, answer }) => ({
    n,
    buyerId: buyerOf(n).buyerId,
    answer: answer.kind,
    paymentId: answer.paymentId,
    wasToldPaid: told.has(n),
    cancelledOrders: diary.of("cancelled").flatMap((entry) => (entry.n === n ? [entry.orderId] : [])),
  }));
}

const ordersSql = `
  SELECT o.id, o.payment_id AS "paymentId", o.status::text, o.total_minor AS "totalMinor",
    (SELECT count(*)::int FROM outbox_event e WHERE e.aggregate = 'order:' || o.id AND e.name = 'order-paid.v1') AS "paidEvents",
    (SELECT coalesce(-sum(e.amount_minor), 0)::bigint FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id
      WHERE a.code = 'buyer_escrow:' || o.id) AS "escrowMinor"
  FROM "order" o`;

// What the storefront shows of a product, by its id.
const standingsSql =
  'SELECT product_id AS "productId", sold_count AS "soldCount", is_available AS "isAvailable" FROM product_standing';

const paymentsSql = `
  SELECT p.id, p.buyer_id AS "buyerId", p.status::text, p.provider, p.amount_minor AS "amountMinor",
    r.replaced_by_id AS "replacedById",
    EXISTS (SELECT FROM payment_event e WHERE e.payment_id = p.id AND e.kind IN ('needs-person', 'refund-refused')) AS "needsPerson"
  FROM payment p LEFT JOIN payment_replacement r ON r.payment_id = p.id`;

async function readStandings(storefrontUrl: string): Promise<Facts["standings"]> {
  const client = new pg.Client({ connectionString: storefrontUrl });
  await client.connect();
  const { rows } = await client.query(standingsSql);
  await client.end();
  return rows;
}

/** Reads all that is compared. */
export async function readFacts(
  { superuserUrl: url, storefrontUrl }: Pick<World, "superuserUrl" | "storefrontUrl">,
  settings: StormSettings,
  diary: Diary,
  providers: ProviderClient,
): Promise<Facts> {
  const client = new pg.Client({
    connectionString: url,
    // BIGINT as it is.
    types: { getTypeParser: (oid, format) => (oid === 20 ? BigInt : pg.types.getTypeParser(oid, format as "text")) },
  });
  await client.connect();
  const rowsOf = async <Row>(sql: string): Promise<Row[]> => (await client.query(sql)).rows as Row[];
  const { charges } = await providers.books();
  const initial = new Map(assortmentOf(settings).map((goods) => [goods.variantId, goods.initial]));
  const stock = await rowsOf<{ variantId: string; productId: string; onHand: number; reserved: number }>(
    `SELECT s.variant_id AS "variantId", v.product_id AS "productId", s.on_hand AS "onHand", s.reserved
     FROM stock s JOIN variant v ON v.id = s.variant_id`,
  );
  const balances = await rowsOf<{ code: string; minor: bigint }>(
    `SELECT a.code, sum(e.amount_minor)::bigint AS minor FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
     GROUP BY a.code`,
  );
  const unbalanced = await rowsOf<{ id: string }>(
    `SELECT t.id FROM ledger_transaction t LEFT JOIN ledger_entry e ON e.transaction_id = t.id
     GROUP BY t.id, e.currency HAVING coalesce(sum(e.amount_minor), 1) <> 0`,
  );
  const facts: Facts = {
    checkouts: checkoutsOf(diary),
    charges,
    payments: await rowsOf(paymentsSql),
    orders: await rowsOf(ordersSql),
    lines: await rowsOf('SELECT order_id AS "orderId", variant_id AS "variantId", quantity FROM order_line'),
    reservations: await rowsOf(
      'SELECT order_id AS "orderId", variant_id AS "variantId", quantity, state::text FROM reservation',
    ),
    refunds: await rowsOf(
      'SELECT payment_id AS "paymentId", order_id AS "orderId", amount_minor AS "amountMinor", state::text FROM refund',
    ),
    keys: await rowsOf(
      `SELECT buyer_id AS "buyerId", result ->> 'paymentId' AS "paymentId" FROM idempotency_key WHERE operation = 'checkout'`,
    ),
    stock: stock.map((row) => ({ ...row, initial: initial.get(row.variantId) ?? 0 })),
    balances: new Map(balances.map(({ code, minor }) => [code, minor])),
    unbalancedTransactions: unbalanced.map(({ id }) => id),
    standings: await readStandings(storefrontUrl),
    unfinished: await unfinishedOf(client, providers),
  };
  await client.end();
  return facts;
}
