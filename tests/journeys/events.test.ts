import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import pg from "pg";
import { childEnvironment } from "../../launcher/child-environment.ts";
import { claimPorts } from "../../launcher/ports.ts";
import { projectRoot } from "../../platform/runtime/project-root.ts";
import { useSupergraph } from "../support/supergraph.ts";
import { type EventProxy, openEventProxy, type Passed } from "./event-proxy.ts";
import { eventually } from "./eventually.ts";
import { sandboxProvider } from "./provider.ts";
import { createShopper, type Offer, onlyOrder, type Shopper } from "./shopper.ts";

const [proxyPort = 0] = await claimPorts(1);
const supergraph = useSupergraph({
  environment: { "commerce-worker": { COMMERCE_EVENTS_URL: `http://127.0.0.1:${proxyPort}/events/commerce` } },
});
const generous = 45_000;
let proxy: EventProxy;
let shopper: Shopper;
let offers: Offer[];
let storefrontRows: pg.Pool;
let commerceRows: pg.Pool;

beforeAll(async () => {
  proxy = await openEventProxy(
    proxyPort,
    () => `http://127.0.0.1:${supergraph().ports.storefrontEvents}/events/commerce`,
  );
  storefrontRows = new pg.Pool({ connectionString: supergraph().databases.storefront.superuserUrl, max: 2 });
  commerceRows = new pg.Pool({ connectionString: supergraph().databases.commerce.superuserUrl, max: 1 });
  // The databases may be dropped before their connections are closed.
  for (const pool of [storefrontRows, commerceRows]) pool.on("error", () => undefined);
  shopper = await createShopper(supergraph(), "buyer-1");
  // Each test has a product of its own.
  const withStock = (await shopper.offers()).filter(({ availableStock }) => availableStock > 5);
  offers = [...new Map(withStock.map((offer) => [offer.productId, offer])).values()];
}, 60_000);
afterAll(async () => {
  proxy?.close();
  await Promise.all([storefrontRows?.end(), commerceRows?.end()]);
});

interface Badge {
  readonly soldCount: number | null;
  readonly availability: string | null;
  readonly reducedAt: string | null;
}

function offer(n: number): Offer {
  const found = offers[n];
  if (found === undefined) throw new Error(`the feed offers only ${offers.length} products with stock`);
  return found;
}

/** What the feed shows of a product beside its video, through the gateway. */
async function badgeOf({ videoId, productId }: Offer): Promise<Badge & { readonly videoSold: number }> {
  const document = `query($id: ID!) { video(id: $id) { soldCount
    showcase { soldCount availability reducedAt product { id } attributionToken } } }`;
  const ids = await storefrontRows.query(
    "SELECT position, product_id FROM showcase_item WHERE video_id = $1 ORDER BY position",
    [videoId],
  );
  const answer = await (await supergraph().client()).send<{ video: { soldCount: number; showcase: Badge[] } | null }>(
    document,
    { id: videoId },
  );
  const index = ids.rows.findIndex((row) => row.product_id === productId);
  // Just after a restart the gateway may not ask the storefront yet.
  const video = answer.data?.video;
  const badge = video?.showcase[index] ?? { soldCount: null, availability: null, reducedAt: null };
  return { ...badge, videoSold: video?.soldCount ?? 0 };
}

async function operate(...args: string[]): Promise<Record<string, unknown>[]> {
  const program = join(projectRoot, "dist", "subgraphs", "commerce", "operate.js");
  const env = childEnvironment({ COMMERCE_DATABASE_URL: supergraph().databases.commerce.urls.runtime });
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], { env });
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function buyAndPay(of: Offer): Promise<void> {
  const purchase = await shopper.buy(of);
  await sandboxProvider(supergraph(), "bank-cendana").pay(purchase.payment.id);
  await eventually(
    () => shopper.orderStatus(onlyOrder(purchase).id),
    ({ status }) => status === "CONFIRMED",
    generous,
  );
}

function passedOf(type: string, { productId }: Offer): Passed[] {
  return proxy.passed.filter((event) => event.type === type && event.body.includes(productId));
}

test("what is sold, sold out and reduced at commerce, is shown by the storefront, also while commerce is down", async () => {
  const chosen = offer(0);
  await buyAndPay(chosen);
  await operate("price", chosen.variantId, "1000.00");
  const sold = await eventually(
    () => badgeOf(chosen),
    ({ soldCount, reducedAt }) => soldCount === 1 && reducedAt !== null,
    generous,
  );
  expect(sold.videoSold).toBeGreaterThanOrEqual(1);
  expect((await operate("announce"))[0]?.told).toBeGreaterThan(0);
  await eventually(
    () => badgeOf(chosen),
    ({ availability }) => availability === "AVAILABLE",
    generous,
  );
  const { rows } = await commerceRows.query(
    "SELECT s.variant_id, s.on_hand - s.reserved AS free FROM stock s JOIN variant v ON v.id = s.variant_id WHERE v.product_id = $1 AND s.on_hand > s.reserved",
    [chosen.productId],
  );
  for (const { variant_id, free } of rows) await operate("stock", String(variant_id), `-${free}`);
  await eventually(
    () => badgeOf(chosen),
    ({ availability }) => availability === "SOLD_OUT",
    generous,
  );

  await supergraph().kill("commerce", "SIGKILL");
  await supergraph().kill("commerce-worker", "SIGKILL");
  expect(await badgeOf(chosen)).toMatchObject({ soldCount: 1, availability: "SOLD_OUT", reducedAt: sold.reducedAt });
  await Promise.all(["commerce", "commerce-worker"].map((name) => supergraph().restart(name)));
}, 180_000);

test("what is sold while the storefront is down, is counted when it is up again", async () => {
  const chosen = offer(1);
  await supergraph().kill("storefront", "SIGKILL");
  const input = {
    variantId: chosen.variantId,
    attributionToken: chosen.attributionToken,
    idempotencyKey: "events-down-1",
  };
  const added = await shopper.client.send<{ addToCart: { cart: { version: number } } }>(
    "mutation ($input: AddToCartInput!) { addToCart(input: $input) { ... on AddToCartSuccess { cart { version } } } }",
    { input },
  );
  const bought = await shopper.client.send<{ checkout: { payment: { id: string }; orders: { id: string }[] } }>(
    `mutation ($input: CheckoutInput!) { checkout(input: $input) { ... on CheckoutSuccess { payment { id } orders { id } } } }`,
    {
      input: {
        expectedCartVersion: added.data?.addToCart.cart.version,
        addressId: await shopper.addressId(),
        paymentMethodId: "bank-cendana.virtual-account",
        idempotencyKey: "events-down-2",
      },
    },
  );
  await sandboxProvider(supergraph(), "bank-cendana").pay(bought.data?.checkout.payment.id ?? "");
  await eventually(
    async () => passedOf("order-paid", chosen).length,
    (attempts) => attempts >= 2,
    generous,
  );
  await supergraph().restart("storefront");
  expect(
    (
      await eventually(
        () => badgeOf(chosen),
        // Something else told of the product may be shown before what was sold.
        ({ soldCount }) => soldCount === 1,
        generous,
      )
    ).soldCount,
  ).toBe(1);
}, 180_000);

test("a worker that is killed after the storefront took an event and before it knows, sends it again: it counts once", async () => {
  const chosen = offer(2);
  let isHeld = true;
  proxy.treat = ({ type, body }) =>
    isHeld && type === "order-paid" && body.includes(chosen.productId) ? "swallow-answer" : "pass";
  await buyAndPay(chosen);
  await eventually(
    () => badgeOf(chosen),
    ({ soldCount }) => soldCount === 1,
    generous,
  );
  await supergraph().kill("commerce-worker", "SIGKILL");
  isHeld = false;
  const before = passedOf("order-paid", chosen).length;
  await supergraph().restart("commerce-worker");
  await eventually(
    async () => passedOf("order-paid", chosen).length,
    (attempts) => attempts > before,
    generous,
  );
  expect((await badgeOf(chosen)).soldCount).toBe(1);
}, 180_000);

test("who listens on the way, can repeat an event without effect, and can neither change one nor use an old one", async () => {
  const chosen = offer(3);
  await buyAndPay(chosen);
  await eventually(
    () => badgeOf(chosen),
    ({ soldCount }) => soldCount === 1,
    generous,
  );
  const [heard] = passedOf("order-paid", chosen);
  if (heard === undefined) throw new Error("nothing passed");
  expect(await proxy.inject(heard)).toEqual({ status: 200, code: "ALREADY_RECEIVED" });
  const more = Buffer.from(heard.body.toString().replace('"quantity":1', '"quantity":9'));
  expect(await proxy.inject({ ...heard, body: more })).toEqual({ status: 401, code: "SIGNATURE_INVALID" });
  const other = { ...heard.headers, "webhook-id": "0190aaaa-0000-7000-8000-000000000000" };
  expect((await proxy.inject({ ...heard, headers: other })).code).toBe("SIGNATURE_INVALID");
  expect((await badgeOf(chosen)).soldCount).toBe(1);
}, 120_000);

test("an event that is refused, waits as a dead letter until the operator sends it again", async () => {
  const chosen = offer(4);
  proxy.treat = ({ type, body }) =>
    type === "order-paid" && body.includes(chosen.productId) ? { status: 400 } : "pass";
  await buyAndPay(chosen);
  const [letter] = await eventually(
    () => operate("dead-letters"),
    (letters) => letters.length > 0,
    generous,
  );
  expect(letter).toMatchObject({ name: "order-paid.v1", attempts: 1, lastFault: "HTTP 400" });
  const metrics = await (await fetch(`http://127.0.0.1:${supergraph().ports.commerceWorker}/metrics`)).text();
  expect(metrics).toMatch(/outbox_events\{state="dead",service="commerce-worker"\} 1\n/);
  proxy.treat = () => "pass";
  expect((await badgeOf(chosen)).soldCount ?? 0).toBe(0);
  expect(await operate("replay", String(letter?.id))).toEqual([{ replayed: 1 }]);
  await eventually(
    () => badgeOf(chosen),
    ({ soldCount }) => soldCount === 1,
    generous,
  );
  expect(await operate("dead-letters")).toEqual([]);
  await expect(operate("replay", "everything")).rejects.toThrow("replay all | <event id>...");
}, 180_000);
