import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { openShop, type Running } from "./checkout/shop.ts";
import { type Buyer, logOf, readStatements, retell, type Statement } from "./checkout/statements.ts";
import { median } from "./support/load.ts";
import { hasOption, numberOption } from "./support/options.ts";
import { record } from "./support/record.ts";
import { cpuMs, ticksPerSecond } from "./support/usage.ts";

// Checkouts a second and CPU for each, with one and two API processes, against the very same statements sent by bare `pg`. One
// checkout is two requests: a variant is put into the cart, the cart is bought by bank transfer. The statements are those that
// PostgreSQL logs of one such checkout; the bare client is given them with other ids. The provider is a process of its own and
// counts for neither. Then the whole way, with one and two workers: bought, paid at the bank, told by it, looked up, posted,
// confirmed; it is over when the last order is CONFIRMED, and the CPU is that of the API and of the workers.
// `--checkouts 1000 --rounds 5 --buyers 16`

const checkouts = numberOption("checkouts", hasOption("short") ? 100 : 1_000);
const rounds = numberOption("rounds", hasOption("short") ? 2 : 5);
const atOnce = numberOption("buyers", 16);
const warmUp = numberOption("warmup", hasOption("short") ? 50 : 500);

const shop = await openShop();
const admin = new pg.Pool({ connectionString: shop.superuserUrl, max: 2 });
const variantId = randomUUID();

async function insertGoods(): Promise<void> {
  const [shopId, productId] = [randomUUID(), randomUUID()];
  await admin.query(
    "INSERT INTO district (code, name, regency, province) VALUES ('317101', 'Gambir', 'Jakarta', 'DKI')",
  );
  await admin.query("INSERT INTO shop (id, name, district_code, joined_at) VALUES ($1, 'Toko', '317101', now())", [
    shopId,
  ]);
  await admin.query(
    `INSERT INTO product (id, shop_id, title, description, image_url, options, created_at)
     VALUES ($1, $2, 'Kain', 'Kain', 'http://localhost/kain.png', '[]', now())`,
    [productId, shopId],
  );
  await admin.query(
    `INSERT INTO variant (id, product_id, position, sku, selected_options, price_minor, currency, weight_grams)
     VALUES ($1, $2, 0, 'SKU-1', '[]', 4500000, 'IDR', 200)`,
    [variantId, productId],
  );
  await admin.query("INSERT INTO stock (variant_id, on_hand) VALUES ($1, 1000000)", [variantId]);
}

let numbered = 0;

/** Buyers that have an address and nothing else. Their ids have the same length. */
async function newBuyers(count: number): Promise<Buyer[]> {
  const buyers = Array.from({ length: count }, () => {
    numbered += 1;
    const name = String(numbered).padStart(9, "0");
    return { id: `bench-buyer-${name}`, addressId: randomUUID(), key: `key-of-${name}` };
  });
  await admin.query(
    `INSERT INTO address (id, buyer_id, recipient_name, phone, street, district_code, postal_code)
     SELECT id, buyer, 'Sari', '+6281111111111', 'Jalan 1', '317101', '10110' FROM unnest($1::uuid[], $2::text[]) AS t (id, buyer)`,
    [buyers.map(({ addressId }) => addressId), buyers.map(({ id }) => id)],
  );
  return buyers;
}

const documents = {
  addToCart: `mutation ($input: AddToCartInput!) { addToCart(input: $input) { __typename ... on AddToCartSuccess { cart { version } } } }`,
  checkout: `mutation ($input: CheckoutInput!) { checkout(input: $input) { __typename
    ... on CheckoutSuccess { orders { id status total { amount } } payment { id status expiresAt amount { amount } instructions { __typename } } } } }`,
};

async function ask(url: string, token: string, operation: keyof typeof documents, input: object): Promise<string> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: documents[operation], variables: { input } }),
  });
  const text = await response.text();
  if (!text.includes("Success")) throw new Error(`${operation}: ${text.slice(0, 500)}`);
  return text;
}

/** Answers the payment's id. */
async function buy(url: string, token: string, { addressId, key }: Buyer): Promise<string> {
  await ask(url, token, "addToCart", { variantId, quantity: 1, idempotencyKey: `cart-${key}` });
  const paymentMethodId = "bank-cendana.virtual-account";
  const input = { expectedCartVersion: 1, addressId, paymentMethodId, idempotencyKey: `checkout-${key}` };
  const bought = JSON.parse(await ask(url, token, "checkout", input)) as {
    data: { checkout: { payment: { id: string } } };
  };
  return bought.data.checkout.payment.id;
}

/** Does the work for all buyers, so many at once; answers how long it took. */
async function forAll<Value>(values: readonly Value[], work: (value: Value, hand: number) => Promise<unknown>) {
  const startedAt = performance.now();
  let next = 0;
  const hand = async (_: unknown, index: number): Promise<void> => {
    for (let value = values[next++]; value !== undefined; value = values[next++]) await work(value, index);
  };
  await Promise.all(Array.from({ length: atOnce }, hand));
  return performance.now() - startedAt;
}

/** CPU of the server's processes, those that have ended among them: sessions come and go. Linux. Source: proc(5), stat. */
function postgresCpuMs(): number {
  const statOf = (pid: string | number) => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  };
  const sessions = readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return Number(statOf(pid)[1]) === shop.postgresPid;
    } catch {
      return false;
    }
  });
  const [ended, endedInKernel] = statOf(shop.postgresPid).slice(13, 15).map(Number);
  const ticksOfEnded = (ended ?? 0) + (endedInKernel ?? 0);
  return sessions.reduce((sum, pid) => sum + cpuMs(Number(pid)), (ticksOfEnded * 1_000) / ticksPerSecond);
}

interface Measure {
  readonly perSecond: number;
  readonly cpuMs: number;
  /** Of it, the workers'. */
  readonly workerCpuMs: number;
  readonly postgresCpuMs: number;
}

async function measure(
  pids: readonly number[],
  count: number,
  work: () => Promise<number>,
  workerPids: readonly number[] = [],
): Promise<Measure> {
  const cpuOf = (some: readonly number[]) => some.reduce((sum, pid) => sum + cpuMs(pid), 0);
  const before = { own: cpuOf(pids), workers: cpuOf(workerPids), postgres: postgresCpuMs() };
  const tookMs = await work();
  const workers = cpuOf(workerPids) - before.workers;
  return {
    perSecond: (count * 1_000) / tookMs,
    cpuMs: (cpuOf(pids) - before.own + workers) / count,
    workerCpuMs: workers / count,
    postgresCpuMs: (postgresCpuMs() - before.postgres) / count,
  };
}

async function throughApis(apis: readonly (Running & { readonly url: string })[], count: number): Promise<Measure> {
  const buyers = await newBuyers(count);
  const tokens = new Map(await Promise.all(buyers.map(async ({ id }) => [id, await shop.tokenOf(id)] as const)));
  const pids = apis.map(({ pid }) => pid);
  return measure(pids, count, () =>
    forAll(buyers, (buyer, hand) => buy(apis[hand % apis.length]?.url ?? "", tokens.get(buyer.id) ?? "", buyer)),
  );
}

async function untilConfirmed(paymentIds: readonly string[], withinMs: number): Promise<void> {
  const until = performance.now() + withinMs;
  for (;;) {
    const { rows: found } = await admin.query(
      `SELECT count(*)::int AS left FROM "order" WHERE payment_id = ANY($1::uuid[]) AND status <> 'CONFIRMED'`,
      [paymentIds],
    );
    if (found[0]?.left === 0) return;
    if (performance.now() > until) throw new Error(`${found[0]?.left} orders were not confirmed in ${withinMs} ms`);
    await sleep(50);
  }
}

/** From the cart to the confirmed order, by one API and so many workers, which run as long as this takes. */
async function upToConfirmed(
  api: Running & { readonly url: string },
  workerCount: number,
  count: number,
): Promise<Measure> {
  const buyers = await newBuyers(count);
  const tokens = new Map(await Promise.all(buyers.map(async ({ id }) => [id, await shop.tokenOf(id)] as const)));
  const workers = await Promise.all(Array.from({ length: workerCount }, (_, n) => shop.startWorker(n)));
  // What starting is made of, and what was left for them to do, is over.
  await sleep(2_000);
  const paymentIds: string[] = [];
  const work = async (): Promise<number> => {
    const startedAt = performance.now();
    await forAll(buyers, async (buyer) => {
      const paymentId = await buy(api.url, tokens.get(buyer.id) ?? "", buyer);
      await shop.pay(paymentId);
      paymentIds.push(paymentId);
    });
    await untilConfirmed(paymentIds, 60_000 + count * 200);
    return performance.now() - startedAt;
  };
  const pids = workers.map(({ pid }) => pid);
  const measured = await measure([api.pid], count, work, pids);
  await Promise.all(workers.map((worker) => worker.stop()));
  return measured;
}

async function recordOne(url: string) {
  const [buyer] = await newBuyers(1);
  if (buyer === undefined) throw new Error("there is no buyer");
  await admin.query("ALTER SYSTEM SET log_statement = 'all'");
  await admin.query("ALTER SYSTEM SET log_line_prefix = '%m [%p] '");
  await admin.query("SELECT pg_reload_conf()");
  await sleep(1_000);
  const sinceMs = Date.now();
  const token = await shop.tokenOf(buyer.id);
  const log = await logOf(shop.postgresLog, async () => void (await buy(url, token, buyer)));
  await admin.query("ALTER SYSTEM RESET log_statement");
  await admin.query("SELECT pg_reload_conf()");
  return { statements: readStatements(log), buyer, sinceMs };
}

type Recorded = Awaited<ReturnType<typeof recordOne>>;

async function bare({ statements, buyer: recorded, sinceMs }: Recorded, pool: pg.Pool, count: number) {
  const buyers = await newBuyers(count);
  const told = buyers.map((buyer) => retell(statements, recorded, buyer, sinceMs));
  const send = async (list: readonly Statement[]): Promise<void> => {
    const client = await pool.connect();
    try {
      for (const { text, values } of list) await client.query(text, [...values]);
    } finally {
      client.release();
    }
  };
  return measure([process.pid], count, () => forAll(told, send));
}

const digits = (value: number) => Number(value.toFixed(2));

await insertGoods();
const first = await shop.startApi(0);
const apis = [first, await shop.startApi(1)];
const pool = new pg.Pool({ connectionString: shop.runtimeUrl, max: atOnce });
for (const api of apis) await throughApis([api], warmUp);
const recorded = await recordOne(first.url);
await bare(recorded, pool, warmUp);
const contenders: readonly [string, () => Promise<Measure>][] = [
  ["the same SQL by bare pg", () => bare(recorded, pool, checkouts)],
  ["1 API process", () => throughApis(apis.slice(0, 1), checkouts)],
  ["2 API processes", () => throughApis(apis, checkouts)],
  ["up to confirmed: 1 API process, 1 worker", () => upToConfirmed(first, 1, checkouts)],
  ["up to confirmed: 1 API process, 2 workers", () => upToConfirmed(first, 2, checkouts)],
];
const measures = new Map(contenders.map(([name]) => [name, [] as Measure[]]));
for (let round = 0; round < rounds; round += 1) {
  for (const [name, run] of contenders) measures.get(name)?.push(await run());
}
const rows = [...measures].map(([name, list]) => ({
  name,
  checkoutsPerSecond: digits(median(list.map(({ perSecond }) => perSecond))),
  cpuMsPerCheckout: digits(median(list.map((one) => one.cpuMs))),
  workerCpuMsPerCheckout: digits(median(list.map((one) => one.workerCpuMs))),
  postgresCpuMsPerCheckout: digits(median(list.map((one) => one.postgresCpuMs))),
}));
const { rows: counted } = await admin.query('SELECT count(*)::int AS orders FROM "order"');
record("checkout", {
  checkouts,
  rounds,
  atOnce,
  statements: recorded.statements.length,
  orders: counted[0]?.orders,
  rows,
});
await pool.end();
await admin.end();
for (const api of apis) await api.stop();
await shop.stop();
process.exit(0);
