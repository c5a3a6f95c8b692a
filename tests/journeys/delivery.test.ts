import { randomUUID } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import pg from "pg";
import { deterministicId } from "../../platform/runtime/ids.ts";
import { OrderTrackingDocument, QuoteShippingDocument } from "../../schema/generated/operations.ts";
import type { GraphqlClient } from "../support/graphql-client.ts";
import { useSupergraph } from "../support/supergraph.ts";
import { eventually } from "./eventually.ts";
import { sandboxProvider } from "./provider.ts";
import { createShopper, type Offer, onlyOrder } from "./shopper.ts";

const supergraph = useSupergraph();
const generous = 45_000;

// The demo seller's.
const shopId = deterministicId("shop", 0);

async function post(url: string, body: object): Promise<void> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
}

describe("a buyer who chooses how an order is carried", () => {
  test("through the gateway alone, sees it quoted, sent by its shop, tracked by its courier, and delivered", async () => {
    const shopper = await createShopper(supergraph(), "buyer-1");
    const { client } = shopper;
    const found = await client.data<{ products: { nodes: { variants: { id: string; availableStock: number }[] }[] } }>(
      "query ($shopId: ID!) { products(first: 20, shopId: $shopId) { nodes { variants { id availableStock } } } }",
      { shopId },
    );
    const variant = found.products.nodes.flatMap(({ variants }) => variants).find((one) => one.availableStock > 0);
    await client.data(
      "mutation ($input: AddToCartInput!) { addToCart(input: $input) { ... on AddToCartSuccess { cart { version } } } }",
      { input: { variantId: variant?.id, idempotencyKey: randomUUID() } },
    );
    const addressId = await shopper.addressId();
    const { quoteShipping } = await client.data(QuoteShippingDocument, { addressId });
    if (quoteShipping?.__typename !== "QuoteShippingSuccess") throw new Error(JSON.stringify(quoteShipping));
    const quotes = quoteShipping.shops[0]?.quotes ?? [];
    expect(new Set(quotes.map(({ courier }) => courier))).toEqual(new Set(["Lintas Kurir", "Rantau Ekspres"]));
    const dearest = quotes.at(-1);
    const input = {
      expectedCartVersion: await shopper.cartVersion(),
      addressId,
      paymentMethodId: "bank-cendana.virtual-account",
      shippingQuoteIds: [dearest?.id],
      idempotencyKey: randomUUID(),
    };
    const { checkout } = await client.data<{ checkout: { orders: { id: string }[]; payment: { id: string } } }>(
      "mutation ($input: CheckoutInput!) { checkout(input: $input) { ... on CheckoutSuccess { orders { id } payment { id } } } }",
      { input },
    );
    const orderId = checkout.orders[0]?.id ?? "";
    await sandboxProvider(supergraph(), "bank-cendana").pay(checkout.payment.id);
    const track = async () => (await client.data(OrderTrackingDocument, { orderId })).order;
    await eventually(track, (order) => order?.status === "CONFIRMED");

    const seller = await supergraph().client("demo-seller");
    const { markOrderShipped } = await seller.data<{ markOrderShipped: { waybillNo: string | null } }>(
      `mutation ($input: MarkOrderShippedInput!) { markOrderShipped(input: $input) {
         ... on MarkOrderShippedSuccess { waybillNo } ... on UserError { code } } }`,
      { input: { orderId, idempotencyKey: randomUUID() } },
    );
    expect(markOrderShipped.waybillNo).toEqual(expect.any(String));
    const { urls } = supergraph();
    const url = dearest?.courier === "Lintas Kurir" ? urls.lintasKurir : urls.rantauEkspres;
    for (const to of ["picked-up", "in-transit", "delivered"]) {
      await post(`${url}/control/move`, { reference: orderId, to, place: "Menteng" });
    }
    const order = await eventually(track, (seen) => seen?.status === "DELIVERED");
    expect(order?.shipment).toMatchObject({
      courier: dearest?.courier,
      service: dearest?.service,
      fee: dearest?.fee,
      status: "DELIVERED",
      waybillNo: markOrderShipped.waybillNo,
    });
    expect(order?.shipment?.history.map(({ place }) => place).filter((place) => place === "Menteng")).toHaveLength(3);
    expect(order?.timeline.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(["SHIPPED", "WAYBILL_ISSUED", "PARCEL_TRACKED", "DELIVERED"]),
    );
  });
});

/** Something in the feed that the demo seller's shop sells. */
async function offerOfDemoShop(offers: readonly Offer[]): Promise<Offer> {
  const rows = new pg.Client({ connectionString: supergraph().databases.commerce.superuserUrl });
  await rows.connect();
  try {
    const { rows: own } = await rows.query("SELECT id FROM product WHERE shop_id = $1", [shopId]);
    const ids = new Set(own.map(({ id }) => String(id)));
    const found = offers.find((offer) => ids.has(offer.productId) && offer.availableStock > 1);
    if (found === undefined) throw new Error("the feed shows nothing of the demo seller's shop");
    return found;
  } finally {
    await rows.end();
  }
}

async function mutate(client: GraphqlClient, field: string, input: object): Promise<string> {
  const type = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input`;
  const document = `mutation ($input: ${type}!) { done: ${field}(input: $input) { __typename ... on UserError { code message } } }`;
  const variables = { input: { idempotencyKey: randomUUID(), ...input } };
  return (await client.data<{ done: { __typename: string } }>(document, variables)).done.__typename;
}

interface Badge {
  readonly reviewCount: number | null;
  readonly averageRatingTenths: number | null;
  readonly reducedAt: string | null;
}

async function badgeOf({ videoId, productId }: Offer): Promise<Badge | undefined> {
  const { video } = await (await supergraph().client()).data<{
    video: { showcase: (Badge & { product: { id: string } | null })[] };
  }>("query ($id: ID!) { video(id: $id) { showcase { reviewCount averageRatingTenths reducedAt product { id } } } }", {
    id: videoId,
  });
  return video.showcase.find(({ product }) => product?.id === productId);
}

test("what was bought, paid, sent and received, has an invoice at commerce, is reviewed, and shows its stars beside the video", async () => {
  const shopper = await createShopper(supergraph(), "buyer-7");
  const seller = await supergraph().client("demo-seller");
  const offer = await offerOfDemoShop(await shopper.offers());
  const purchase = await shopper.buy(offer);
  const { id: orderId } = onlyOrder(purchase);
  await sandboxProvider(supergraph(), "bank-cendana").pay(purchase.payment.id);
  const readOrder = async () =>
    (
      await shopper.client.data<{
        order: {
          status: string;
          invoiceUrl: string | null;
          lines: { id: string; variant: { product: { id: string } } }[];
        };
      }>("query ($id: ID!) { order(id: $id) { status invoiceUrl lines { id variant { product { id } } } } }", {
        id: orderId,
      })
    ).order;
  const order = await eventually(readOrder, ({ invoiceUrl }) => invoiceUrl !== null, generous);
  expect(order.status).toBe("CONFIRMED");
  expect(order.invoiceUrl).toContain(`:${supergraph().ports.commerceCallback}/documents/`);
  const page = await fetch(order.invoiceUrl ?? "");
  expect([page.status, (await page.text()).includes(orderId)]).toEqual([200, true]);
  const [line] = order.lines;
  const review = { orderLineId: line?.id, stars: 4, text: "Bagus", authorName: "Sari" };
  expect(await mutate(shopper.client, "postReview", review)).toBe("OrderNotDelivered");
  expect(await mutate(seller, "markOrderShipped", { orderId })).toBe("MarkOrderShippedSuccess");
  expect(await mutate(shopper.client, "confirmReceipt", { orderId })).toBe("ConfirmReceiptSuccess");
  expect(await mutate(shopper.client, "postReview", review)).toBe("PostReviewSuccess");
  expect(await mutate(seller, "changePrice", { variantId: offer.variantId, price: "5000.00" })).toBe(
    "ChangePriceSuccess",
  );
  const badge = await eventually(
    () => badgeOf(offer),
    (shown) => shown?.reviewCount === 1 && shown.reducedAt !== null,
    generous,
  );
  expect(badge?.averageRatingTenths).toBe(40);
}, 120_000);
