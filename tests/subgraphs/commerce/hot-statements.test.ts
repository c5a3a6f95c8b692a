/** Every statement that buyers, payments, sellers and the worker send again and again finds its rows by an index. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { newId } from "../../../platform/runtime/ids.ts";
import { claimLetters, settleLetters } from "../../../platform/runtime/outbox.ts";
import { createCompleteOrder } from "../../../subgraphs/commerce/domain/actions/complete-order.ts";
import { type Issuing, issueNextDocument } from "../../../subgraphs/commerce/domain/actions/issue-documents.ts";
import { createPayOut } from "../../../subgraphs/commerce/domain/actions/pay-out.ts";
import { createPayOutBatch } from "../../../subgraphs/commerce/domain/actions/pay-out-batch.ts";
import { cancelUnpaidOrders, honourLatePayment } from "../../../subgraphs/commerce/domain/actions/settle-payment.ts";
import { lateMoney } from "../../../subgraphs/commerce/domain/ledger/movements.ts";
import { createDocumentBook } from "../../../subgraphs/commerce/store/document-book.ts";
import { recordStatements, wholeReads } from "../../support/query-plan.ts";
import { addAddress, buy, seededVariant, setStock } from "./support/buyer-journey.ts";
import { deliver, lineOf } from "./support/delivered-order.ts";
import { directRun, fulfillingOf, type PaidOrder, paidOrder, payFor } from "./support/paid-order.ts";
import { accountNumberOf, newKey, testMethod, useCommerce } from "./support/test-commerce.ts";

const commerce = useCommerce();
let order: PaidOrder;

beforeAll(async () => {
  order = await paidOrder(commerce(), { product: 3, isAttributed: true });
  await addAddress(commerce(), order.buyer);
  await commerce().parts.store.takeLedgerSnapshot(new Date());
  await haveRows();
}, 60_000);

// A planner that knows one order alone takes all rows to be its.
async function haveRows(): Promise<void> {
  const complete = createCompleteOrder(fulfillingOf(commerce()));
  for (let n = 0; n < 5; n += 1) {
    const sold = await paidOrder(commerce(), { product: 3, isAttributed: true });
    await deliver(commerce(), sold);
    await complete(directRun(commerce()), { orderId: sold.orderId });
  }
  while ((await issueNextDocument(issuing())) !== "none");
  await commerce().parts.database.pool.query(
    `INSERT INTO flash_sale_claim (id, sale_id, order_id, buyer_id, quantity, released_at)
       SELECT gen_random_uuid(), f.id, o.id, o.buyer_id, 1, now() FROM "order" o CROSS JOIN flash_sale f`,
  );
  await commerce().parts.database.pool.query(
    `WITH v AS (INSERT INTO voucher (id, code, title, funder, amount_minor, currency, quota, max_per_buyer, starts_at, ends_at)
       SELECT gen_random_uuid(), 'HEMAT-' || n, 'Hemat', 'PLATFORM', 100, 'IDR', 9, 9, now(), now() + interval '1 day'
       FROM generate_series(1, 9) n RETURNING id),
     r AS (INSERT INTO voucher_redemption (id, voucher_id, buyer_id, state, amount_minor, reserved_at)
       SELECT gen_random_uuid(), id, id::text, 'RESERVED', 100, now() FROM v RETURNING id)
     INSERT INTO voucher_discount (line_id, redemption_id, order_id, funder, amount_minor)
       SELECT gen_random_uuid(), id, gen_random_uuid(), 'PLATFORM', 100 FROM r`,
  );
}

function issuing(): Issuing {
  const { store, clock } = commerce().parts;
  return { transactions: store.transactions, documents: createDocumentBook(), methods: [testMethod], newId, clock };
}

// Some dozen rows that are wanted as a whole, or a handful of secrets.
const readWhole = ["money_rule", "order_deadline_rule", "document_key"];

/** What the work's statements can only read from one end to the other; each must have sent some. */
async function scansOf(work: () => Promise<unknown>): Promise<string[]> {
  const statements = await recordStatements(commerce().parts.database.pool, work);
  expect(statements.length).toBeGreaterThan(0);
  const scans = await wholeReads(commerce().database.superuserUrl, statements);
  return scans.filter((scan) => !readWhole.includes(scan.split(" ")[0] ?? ""));
}

async function ask(document: string, variables: object = {}, buyer?: string, scope?: string): Promise<unknown> {
  return (await commerce().client(buyer, scope)).data(document, variables as Record<string, unknown>);
}

describe("reading by anybody", () => {
  const product = `id title availableStock price { amount } rating { starSum } reviews(first: 2) { nodes { stars } }
    variants { id availableStock price { amount } flashSale { id } } shop { id name district { name } products(first: 2) { nodes { id } } }`;

  test.each<[string, string]>([
    ["a page of products", `{ products(first: 20) { nodes { ${product} } } }`],
    ["a search", `{ searchProducts(search: "batik tulis", first: 10) { nodes { id title } } }`],
    [
      "a narrowed search and its counts",
      `{ searchProducts(search: "batik tulis", filter: { mostPrice: "900000", isAvailable: true }) { nodes { id } }
        productFacets(search: "batik tulis", filter: { leastPrice: "1000" }) { total shops { count shop { name } } prices { count } } }`,
    ],
    ["the sales that run", "{ flashSales { id remaining variant { id } } }"],
  ])("%s, scans nothing", async (_, document) => {
    expect(await scansOf(() => ask(document))).toEqual([]);
  });

  test("products as entities, as the feed asks for them, scans nothing", async () => {
    const { rows } = await commerce().parts.database.pool.query("SELECT id FROM product LIMIT 40");
    const representations = rows.map(({ id }) => ({ __typename: "Product", id: String(id) }));
    const document = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Product { ${product} } } }`;
    expect(await scansOf(() => ask(document, { r: representations }))).toEqual([]);
  });
});

describe("reading by a buyer", () => {
  test("cart, addresses, orders with all that hangs on them, scans nothing", async () => {
    const document = `{ cart { version lines { id variant { id } } } addresses { id }
      orders(first: 20) { nodes { id status total { amount } refunded { amount } timeline { kind } returns { id } invoiceUrl shop { name }
        lines { id review { stars } variant { id } attributedTo { clickedAt } } payment { status orders { id } } } } }`;
    expect(await scansOf(() => ask(document, {}, order.buyer))).toEqual([]);
  });
});

describe("writing", () => {
  test("a cart and its checkout scan nothing", async () => {
    await setStock(commerce(), seededVariant(4), 100);
    expect(await scansOf(() => buy(commerce(), order.buyer, seededVariant(4)))).toEqual([]);
  });

  test("a payment that comes, one that runs out, and one that is honoured late, scan nothing", async () => {
    await setStock(commerce(), seededVariant(4), 100);
    const { transactions } = commerce().parts.store;
    const [first, second] = [
      await buy(commerce(), order.buyer, seededVariant(4)),
      await buy(commerce(), order.buyer, seededVariant(4)),
    ];
    expect(await scansOf(() => payFor(commerce(), first.payment.id))).toEqual([]);
    const at = new Date();
    const lifeOf = (paymentId: string) =>
      transactions.runInTransaction(async (tx) => {
        await tx.payments.findByVirtualAccount(testMethod.provider, accountNumberOf(paymentId));
        await tx.payments.hasProviderReference(testMethod.provider, paymentId);
        const payment = await tx.payments.lock(paymentId);
        if (payment === null) throw new Error("no such payment");
        await cancelUnpaidOrders(tx, payment, { status: "EXPIRED", source: "timer", reason: "not paid in time", at });
        await tx.ledger.post(lateMoney(payment.provider, `late ${paymentId}`, payment.amount), at);
        const again = await tx.payments.lock(paymentId);
        const paid = { source: "notification", providerReference: paymentId, paidAt: at, at } as const;
        return again === null ? null : honourLatePayment(tx, again, paid);
      });
    expect(await scansOf(async () => expect(await lifeOf(second.payment.id)).toBe("honoured"))).toEqual([]);
  });

  test("an order's life from shipping to its review, a refund and a payout, scan nothing", async () => {
    const { work, clock, store } = commerce().parts;
    const { transactions } = store;
    const fulfilling = fulfillingOf(commerce());
    expect(await scansOf(() => deliver(commerce(), order))).toEqual([]);
    const complete = createCompleteOrder(fulfilling);
    expect(await scansOf(() => complete(directRun(commerce()), { orderId: order.orderId }))).toEqual([]);
    const refund = { orderId: order.orderId, amount: "1000.00", reason: "cacat", idempotencyKey: newKey() };
    const refundDocument = "mutation ($input: RefundOrderInput!) { refundOrder(input: $input) { __typename } }";
    expect(await scansOf(() => ask(refundDocument, { input: refund }, "operator", "commerce:operate"))).toEqual([]);
    const review = { orderLineId: await lineOf(commerce(), order), stars: 5, text: "", idempotencyKey: newKey() };
    const reviewDocument = "mutation ($input: PostReviewInput!) { postReview(input: $input) { __typename } }";
    expect(await scansOf(() => ask(reviewDocument, { input: review }, order.buyer))).toEqual([]);
    const provider = {
      id: "bank-uji",
      pay: async () => ({ kind: "done", providerReference: "REF" }) as const,
      queryStatus: async () => ({ kind: "not-found" }) as const,
    };
    const payouts = { transactions, work, provider, clock, newId };
    const payOut = createPayOut(payouts);
    const batch = createPayOutBatch(payouts);
    const input = { holder: `seller:${order.shopId}`, batch: "2026-11-25" };
    expect(await scansOf(() => payOut(directRun(commerce()), input))).toEqual([]);
    expect(await scansOf(() => batch(directRun(commerce()), { batch: "2026-11-25" }))).toEqual([]);
  });

  test("a seller's price and stock, with what they read of them, scan nothing", async () => {
    const variantId = seededVariant(0);
    const { rows } = await commerce().parts.database.pool.query(
      "SELECT shop_id FROM product p JOIN variant v ON v.product_id = p.id WHERE v.id = $1",
      [variantId],
    );
    const scope = `commerce:sell commerce:shop:${rows[0].shop_id}`;
    const document = `mutation ($p: ChangePriceInput!, $s: AdjustStockInput!) {
      changePrice(input: $p) { __typename } adjustStock(input: $s) { ... on AdjustStockSuccess { variant { onHand
        priceChanges { nodes { at } } stockMovements { nodes { pieces } } } } } }`;
    const variables = {
      p: { variantId, price: "123000.00", idempotencyKey: newKey() },
      s: { variantId, pieces: 1, reason: "RECEIVED", idempotencyKey: newKey() },
    };
    expect(await scansOf(() => ask(document, variables, "seller", scope))).toEqual([]);
    const orders = `query ($shopId: ID!) { sellerOrders(shopId: $shopId, first: 20) { nodes { id } }
      toSend: sellerOrders(shopId: $shopId, status: CONFIRMED) { nodes { id lines { title } returns { id } } } }`;
    expect(await scansOf(() => ask(orders, { shopId: rows[0].shop_id }, "seller", scope))).toEqual([]);
  });
});

describe("the worker", () => {
  test("issuing a document, and sending what others are told, scans nothing", async () => {
    const { database } = commerce().parts;
    await paidOrder(commerce(), { product: 5 });
    expect(await scansOf(async () => expect(await issueNextDocument(issuing())).toBe("issued"))).toEqual([]);
    const claimId = newId();
    const send = async () => {
      const letters = await claimLetters(database.pool, claimId, 60_000, 10);
      expect(letters.length).toBeGreaterThan(0);
      const settled = letters.map((letter) => ({ letter, outcome: "delivered", delayMs: 0, fault: null }) as const);
      await settleLetters(database.pool, claimId, settled);
    };
    expect(await scansOf(send)).toEqual([]);
  });
});

describe("the check", () => {
  test("of statements with no index to go by, or that read one from end to end, names the table", async () => {
    const statements = [
      { sql: "SELECT * FROM order_line WHERE title = $1", values: ["Batik"] },
      { sql: 'SELECT max(placed_at) FROM "order"', values: [] },
      { sql: "SELECT id FROM product ORDER BY id DESC LIMIT 3", values: [] },
    ];
    const found = await wholeReads(commerce().database.superuserUrl, statements);
    expect(found.map((scan) => scan.split(" ")[0])).toEqual(["order_line", "order"]);
  });
});
