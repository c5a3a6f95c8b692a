import { randomUUID } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { deterministicId } from "../../platform/runtime/ids.ts";
import { OrderTrackingDocument, QuoteShippingDocument } from "../../schema/generated/operations.ts";
import { useSupergraph } from "../support/supergraph.ts";
import { eventually } from "./eventually.ts";
import { sandboxProvider } from "./provider.ts";
import { createShopper } from "./shopper.ts";

const supergraph = useSupergraph();

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
